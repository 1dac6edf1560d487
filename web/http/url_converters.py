"""The parameters of our URLs. A value that does not match is a 404, before any handler runs."""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor


class _Identifier(Convertor[str]):
    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


class WorkflowId(_Identifier):
    regex = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"


class ExecutionId(_Identifier):
    # A workflow id, a time of 15 characters and 6 random ones, joined by two hyphens; never parsed.
    regex = r"[A-Za-z0-9][A-Za-z0-9_-]{0,95}"


class StepName(_Identifier):
    regex = r"[A-Za-z_][A-Za-z0-9_]{0,63}"


class ItemNumber(Convertor[int]):
    regex = r"0|[1-9][0-9]{0,3}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


class Version(_Identifier):
    regex = r"[0-9a-f]{12}"


class AssetName(_Identifier):
    regex = r"[a-z0-9][a-z0-9.-]{0,99}"


register_url_convertor("workflow_id", WorkflowId())
register_url_convertor("execution_id", ExecutionId())
register_url_convertor("step_name", StepName())
register_url_convertor("item_number", ItemNumber())
register_url_convertor("version", Version())
register_url_convertor("asset_name", AssetName())
