"""What the example workflows take as input: JSON Schemas, from which forms are made."""

from __future__ import annotations

from typing import Any

_RECIPIENTS = {
    "type": "array",
    "title": "Recipients",
    "description": "Addresses; messages are written into the outbox folder, not sent",
    "items": {"type": "string", "format": "email"},
    "maxItems": 50,
}

#: What `parallel_processing` computes: a threshold for anything else would fail the last step only.
_FIGURES = (
    "revenue",
    "revenue_per_day",
    "revenue_growth",
    "orders_per_day",
    "customers",
    "repeat_customer_share",
    "top_tenth_share",
    "falling_product_share",
)

DATA_PROCESSING_INPUT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "dataset_id": {
            "type": ["integer", "string"],
            "title": "Data set",
            "description": "Shown on the report",
            "maxLength": 100,
        },
        "processing_options": {
            "type": "object",
            "title": "Processing options",
            "properties": {
                "quality_threshold": {
                    "type": "number",
                    "title": "Quality threshold",
                    "description": "Least share of rows without flaws; below it the first step fails",
                    "minimum": 0,
                    "maximum": 1,
                    "default": 0.95,
                },
                "output_format": {"type": "string", "title": "Output format", "enum": ["json", "csv"]},
            },
        },
        "notification_recipients": _RECIPIENTS,
    },
}

CONDITIONAL_INPUT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "data_size": {
            "type": "number",
            "title": "Data size",
            "description": "Bytes; above 10,000 or 1,000,000 it decides. Left out: the bundled file's size",
            "minimum": 0,
        }
    },
}

PARALLEL_INPUT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "alert_recipients": _RECIPIENTS,
        "thresholds": {
            "type": "object",
            "title": "Thresholds",
            "description": "An alert is sent for a figure below its threshold",
            "properties": {figure: {"type": "number"} for figure in _FIGURES},
            "additionalProperties": False,
        },
    },
}
