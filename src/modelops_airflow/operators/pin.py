"""pin: the first task of a run registers the version and fixes the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from ..errors import ModelOpsError, Refused
from ..spec.problem import SpecError
from .run import UNKNOWN, key_of, past_day, started_by
from .settings import settings_from_airflow

if TYPE_CHECKING:
    from airflow.sdk import Context

    from ..inventory.register import Register


class PinOperator(BaseOperator):
    """Fixes what the run is about: artifact, version, plan. What is written first stays.

    Args:
        model_id: the model file's stem.
        lifecycle: name of the life cycle within the model.
    """

    template_fields: Sequence[str] = ()
    ui_color = "#e8f0fe"

    def __init__(self, *, model_id: str, lifecycle: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model_id = model_id
        self.lifecycle = lifecycle

    def execute(self, context: Context) -> str:
        """Pin the run; a life cycle of the version in use is skipped while there is none, and of a past period asks what policies asked then."""
        from ..checks.own import own_checks
        from ..evidence.store import BlobStore
        from ..governance.activate import active, readable
        from ..governance.start import last_commits, pin, pin_in_use
        from ..governance.then import rules_of_day
        from ..inventory.register import Register
        from ..plan import make_plan
        from ..spec.project import Project
        from ..spec.read import read_model
        from ..steps.pin import store_artifact, wants_version_in_use
        from ..steps.provenance import provenance_of_plan

        settings = settings_from_airflow()
        register, project = Register(settings.database_url), Project(settings.root)
        try:
            with register.read() as session:
                governance = readable(session)  # before the first is in force nothing is in use, and monitors skip
            path = project.model(self.model_id)
            source, own = read_model(path, name=project.name(path)), own_checks(project)
            plan = make_plan(source, governance, self.lifecycle, own, settings.environment)
            if wants_version_in_use(plan):
                if (day := past_day(context)) is not None and plan.scores is None:
                    with register.read() as session:
                        then = rules_of_day(session, day)
                    plan = replace(make_plan(source, then, self.lifecycle, own, settings.environment, on=day), as_of=day.isoformat())
                about = pin_in_use(register, key_of(context), plan.to_json(), _starter(register, context), plan.scores)
            else:
                with register.read() as session:
                    active(session)  # a release needs the rules in force, not those that wait
                if started_by(context) == UNKNOWN:
                    raise Refused("Airflow does not say who started this run; start it as a person", "unknown-starter")
                artifact = store_artifact(plan, project, governance.artifact_roots, BlobStore(settings.evidence))
                with register.read() as session:
                    since = last_commits(session, self.model_id)
                about = pin(register, key_of(context), plan.to_json(), artifact.digest, artifact.name, started_by(context),
                            [one.to_json() for one in provenance_of_plan(project, path, plan, governance.artifact_roots, since)])
        except (Refused, SpecError) as error:
            raise AirflowFailException(str(error)) from None
        except ModelOpsError as error:
            raise AirflowException(str(error)) from error
        if about is None:
            raise AirflowSkipException(f"no version of {self.model_id} is in use; there is nothing to look at")
        return f"version {about.version}, artifact {about.artifact}"


def _starter(register: Register, context: Context) -> str:
    """Who started the run; the queue of re-certification where Airflow names nobody and the register has the run there."""
    from ..governance.claim import was_claimed

    key, told = key_of(context), started_by(context)
    return "modelops.recertify" if told == UNKNOWN and was_claimed(register, key.dag_id, key.run_id) else told
