"""Three steps: two greet in parallel, the third joins their results."""

from celeriac import WorkflowStep, task, workflow_engine


@task(name="greet")
def greet(input: dict, language: str) -> str:
    hello = {"en": "Good morning", "ja": "おはようございます"}[language]
    return f"{hello}, {input['name']}"


@task(name="join")
def join(english: str, japanese: str) -> str:
    return f"{english} / {japanese}"


workflow_engine.register_workflow(
    "greetings",
    [
        WorkflowStep("english", "greet", {"language": "en"}),
        WorkflowStep("japanese", "greet", {"language": "ja"}),
        WorkflowStep("both", "join", depends_on=["english", "japanese"], timeout=60),
    ],
    example_input={"name": "Hanako"},
)
