"""The form of a definition: its id and JSON as typed, what they describe, and every problem with its place in the text."""

from __future__ import annotations

from dataclasses import dataclass, field

from celeriac.engine.catalogue import WorkflowCatalogue
from celeriac.engine.errors import InvalidInput
from celeriac.engine.workflows.definition.bodies import ID_POINTER
from celeriac.engine.workflows.definition.views import WorkflowView
from celeriac.engine.workflows.json import strict_json
from celeriac.web.ui.form_errors import Mistake, mistake_in, mistakes_in
from celeriac.words.i18n import _

#: Mistakes that are shown; nobody reads more of them at once.
MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionForm:
    """What a person typed. `base` is the version they began with, "" for a workflow that is not there yet."""

    workflow_id: str
    text: str
    base: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedDefinitionForm:
    """A form after reading. `workflow` is what can be drawn, None while it cannot be made out."""

    form: DefinitionForm
    body: object = None
    workflow: WorkflowView | None = None
    mistakes: list[Mistake] = field(default_factory=list)
    left_out: int = 0  # mistakes beyond those that are shown


def check(form: DefinitionForm, catalogue: WorkflowCatalogue) -> CheckedDefinitionForm:
    """Reads the form as it would be saved, without saving it."""
    try:
        body = strict_json.loads(form.text)
    except InvalidInput as error:
        mistake = mistake_in("definition", error, str(error), form.text)
        return CheckedDefinitionForm(form=form, mistakes=[mistake])
    checked = catalogue.check(form.workflow_id, body)
    before = [
        Mistake(field="workflow_id", message=problem.message if form.workflow_id else _("give it one"))
        for problem in checked.problems
        if problem.pointer == ID_POINTER
    ]
    if checked.refusal is not None:
        before.append(Mistake(field="", message=str(checked.refusal)))
    in_the_text = [problem for problem in checked.problems if problem.pointer != ID_POINTER]
    shown = mistakes_in("definition", in_the_text[:MOST], form.text)
    return CheckedDefinitionForm(
        form=form,
        body=body,
        workflow=checked.workflow,
        mistakes=before + shown,
        left_out=len(in_the_text) - len(shown),
    )


def mistake_of_another_base(form: DefinitionForm, current: str) -> Mistake:
    """What is said when the workflow is no longer what the editor began with; `current` is "" when it was deleted."""
    if not current:
        message = _("The workflow was deleted meanwhile. Save again to make it anew.")
    elif not form.base:
        message = _("A workflow of this id is there already. Choose another id, or save again to replace it.")
    else:
        message = _(
            "The workflow was changed meanwhile, it is at version {version}. Save again to replace that."
        ).format(version=current)
    return Mistake(field="", message=message)
