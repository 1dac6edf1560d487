"""The form of a definition: its id and JSON as typed, the parsed workflow, and every problem with its position. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from celeriac.engine.catalogue import WorkflowCatalogue
from celeriac.engine.errors import InvalidInput
from celeriac.engine.workflows.definition.bodies import ID_POINTER
from celeriac.engine.workflows.definition.views import WorkflowView
from celeriac.engine.workflows.json import strict_json
from celeriac.web.ui.form_errors import FormError, form_error_in, form_errors_in
from celeriac.words.i18n import _

#: Maximum number of problems shown.
MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionForm:
    """The typed fields. `base` is the version that the editor started with, "" for a new workflow."""

    workflow_id: str
    text: str
    base: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedDefinitionForm:
    """A form after parsing. `workflow` is the part that can be drawn, None if there is none."""

    form: DefinitionForm
    body: object = None
    workflow: WorkflowView | None = None
    mistakes: list[FormError] = field(default_factory=list)
    left_out: int = 0  # problems beyond those that are shown


def check(form: DefinitionForm, catalogue: WorkflowCatalogue) -> CheckedDefinitionForm:
    """Parses the form as for saving, without saving it."""
    try:
        body = strict_json.loads(form.text)
    except InvalidInput as error:
        mistake = form_error_in("definition", error, str(error), form.text)
        return CheckedDefinitionForm(form=form, mistakes=[mistake])
    checked = catalogue.check(form.workflow_id, body)
    before = [
        FormError(field="workflow_id", message=problem.message if form.workflow_id else _("give it one"))
        for problem in checked.problems
        if problem.pointer == ID_POINTER
    ]
    if checked.refusal is not None:
        before.append(FormError(field="", message=str(checked.refusal)))
    in_the_text = [problem for problem in checked.problems if problem.pointer != ID_POINTER]
    shown = form_errors_in("definition", in_the_text[:MOST], form.text)
    return CheckedDefinitionForm(
        form=form,
        body=body,
        workflow=checked.workflow,
        mistakes=before + shown,
        left_out=len(in_the_text) - len(shown),
    )


def form_error_of_another_base(form: DefinitionForm, current: str) -> FormError:
    """The message if the workflow changed since the editor opened; `current` is "" if it was deleted."""
    if not current:
        message = _("The workflow was deleted in the meantime. Save again to create it.")
    elif not form.base:
        message = _("A workflow with this id already exists. Choose another id, or save again to replace it.")
    else:
        message = _(
            "The workflow was changed in the meantime; its version is {version}. Save again to replace it."
        ).format(version=current)
    return FormError(field="", message=message)
