"""The runner keeps its own settings and its own tracer, whatever the application says for all tasks."""

from __future__ import annotations

from celery import Celery

from celeriac.engine.runtime.runner import Runner


def registered(**configuration: object) -> Runner:
    app = Celery("runner", set_as_current=False)
    app.conf.update(configuration)
    runner = Runner()
    app.register_task(runner)
    app.finalize()
    return runner


def test_settings_for_all_tasks_are_not_for_the_runner() -> None:
    runner = registered(
        task_annotations={"*": {"rate_limit": "1/h", "acks_late": True, "time_limit": 1}},
        task_default_rate_limit="1/h",
        task_acks_late=True,
        task_track_started=True,
        task_reject_on_worker_lost=True,
        task_store_errors_even_if_ignored=True,
    )

    assert not runner.rate_limit
    assert (runner.acks_late, runner.track_started, runner.reject_on_worker_lost) == (False, False, False)
    assert (runner.time_limit, runner.soft_time_limit, runner.store_errors_even_if_ignored) == (
        None,
        None,
        False,
    )


def test_another_tracer_is_not_taken() -> None:
    runner = registered()

    runner.__trace__ = lambda *_: None

    assert runner.__trace__ == runner.trace
