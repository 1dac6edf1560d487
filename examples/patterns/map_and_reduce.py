"""A step runs once for each item of a list that is known only at run time; another one combines the results.

A text is split into paragraphs, the words of each are counted separately, and the counts are added up.

Airflow: dynamic task mapping, `count.expand(item=…)`. Argo: `withParam`. Step Functions: a Map state, with
MaxConcurrency for `max_parallel`.
"""

from collections import Counter
from typing import Any

from celeriac import WorkflowStep, task, workflow_engine


@task(name="patterns.split_text")
def split_text(input: dict[str, str]) -> dict[str, Any]:
    paragraphs = [paragraph for paragraph in input["text"].split("\n") if paragraph.strip()]
    return {"paragraphs": paragraphs}


@task(name="patterns.count_words")
def count_words(item: str) -> dict[str, int]:
    words = [word.strip(".,;:!?").lower() for word in item.split()]
    if not all(words):
        raise ValueError(f"punctuation stands alone in {item!r}")
    return Counter(words)


@task(name="patterns.add_up")
def add_up(count: list[dict[str, int]]) -> dict[str, Any]:
    total: Counter[str] = Counter()
    for counted in count:
        total.update(counted)
    return {"paragraphs": len(count), "words": total.total(), "most_common": total.most_common(3)}


workflow_engine.register_workflow(
    "map_and_reduce",
    [
        WorkflowStep("split", "patterns.split_text"),
        WorkflowStep(
            "count", "patterns.count_words", retry_count=1, map_over="split.paragraphs", max_parallel=4
        ),
        WorkflowStep("total", "patterns.add_up", depends_on=["count"]),
    ],
    description="Counts the words of a text, paragraph by paragraph.",
    example_input={"text": "The sea was calm.\nThe sky was clear, and the wind was still."},
)
