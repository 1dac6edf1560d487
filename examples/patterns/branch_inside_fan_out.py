"""Several steps follow one, one of them is a branch, and a join collects all results.

A photo gets a preview and a caption, and in parallel faces are detected and blurred if there are any. The photo is
published when all these steps have ended: a step that the branch skipped does not block the join.

Airflow: the join needs `none_failed_min_one_success`, otherwise the skip also skips the join. Argo: it depends on
`blur.Succeeded || blur.Skipped`. Step Functions: the Choice state is inside one branch of a Parallel state.
"""

from typing import Any

from celeriac import WorkflowStep, task, workflow_engine


@task(name="patterns.receive_photo")
def receive_photo(input: dict[str, Any]) -> dict[str, Any]:
    return {"name": input["name"].lower(), "faces": input["faces"]}


@task(name="patterns.make_preview")
def make_preview(receive: dict[str, Any]) -> str:
    return f"preview-of-{receive['name']}"


@task(name="patterns.write_caption")
def write_caption(receive: dict[str, Any]) -> str:
    return f"{receive['name'].partition('.')[0].replace('-', ' ').capitalize()}."


@task(name="patterns.look_for_faces")
def look_for_faces(receive: dict[str, Any]) -> dict[str, int]:
    return {"found": len(receive["faces"])}


@task(name="patterns.blur_faces")
def blur_faces(look: dict[str, int]) -> int:
    return look["found"]


@task(name="patterns.publish_photo")
def publish_photo(preview: str, caption: str, blur: int | None) -> dict[str, Any]:
    return {"preview": preview, "caption": caption, "blurred": blur or 0}


workflow_engine.register_workflow(
    "branch_inside_fan_out",
    [
        WorkflowStep("receive", "patterns.receive_photo"),
        WorkflowStep("preview", "patterns.make_preview", depends_on=["receive"]),
        WorkflowStep("caption", "patterns.write_caption", depends_on=["receive"]),
        WorkflowStep(
            name="look",
            task_name="patterns.look_for_faces",
            depends_on=["receive"],
            conditions={
                "faces": {
                    "type": "value_greater_than",
                    "params": {"field": "found", "threshold": 0},
                    "task": "blur",
                },
            },
        ),
        WorkflowStep("blur", "patterns.blur_faces"),
        WorkflowStep("publish", "patterns.publish_photo", depends_on=["preview", "caption", "blur"]),
    ],
    description="Prepares a photo in several ways at once; one of them has a choice in it.",
    example_input={"name": "At-the-lake.jpg", "faces": ["left", "right"]},
)
