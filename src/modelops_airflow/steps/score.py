"""score: the rows of a data interval, scored with what is deployed and live, and written once.

What may be scored with is looked up anew each time: the register and its ledger must have the same bytes live, under the same
epoch, as the place shows. The file is made ready, then recorded, then it takes its place: a kill in between loses nothing, and the
same task twice at once makes one record and the file that it names.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from ..errors import ArtifactError, DataError, Refused, TargetError
from ..governance.score import Permission, Scored, may_score, record_scored, scored_before
from ..governance.start import run_row
from ..kinds import Scorer, open_model, scan, verify
from ..plan.schedule import last_tick
from ..targets import target_of
from ..targets.batch import Batch
from .datasets import input_dataset
from .register_journal import RegisterJournal
from .run import Interval, Run, StepResult, StepStatus
from .scored_table import scored_file

if TYPE_CHECKING:
    from ..digest import Digest
    from ..plan import PlannedStep
    from ..targets.partition import Partition


def score(run: Run, step: PlannedStep) -> StepResult:
    """Score the run's data interval.

    Raises:
        Refused: a local run, or one without a data interval.
        TargetError: the place shows something else than the register has live, or another file is where this one would be.
    """
    journal = run.journal
    interval = scored_interval(run)
    if not isinstance(journal, RegisterJournal) or interval is None:
        raise Refused("only a scheduled life cycle in Airflow scores for others", "local")
    try:
        return _score(replace(run, interval=interval), step, journal, interval)
    except Refused as refusal:  # on record as what the run came to, so that whoever looks sees why there is no file
        return StepResult(StepStatus.ERROR, message=str(refusal))


def scored_interval(run: Run) -> Interval | None:
    """The interval of the schedule that a run is about: its own, or the last whole one of a run that somebody started by hand."""
    end = last_tick(str(run.plan.schedule), run.interval.end) if run.interval is not None and run.plan.schedule else None
    if run.interval is not None and end == run.interval.end:
        return run.interval
    start = last_tick(str(run.plan.schedule), end - timedelta(minutes=1)) if end is not None else None
    return Interval(start, end) if start is not None and end is not None else None


def _score(run: Run, step: PlannedStep, journal: RegisterJournal, interval: Interval) -> StepResult:
    permission = may_score(journal.register, journal.key, str(step.options["from"]))
    batch = target_of(permission.place.target, permission.place.options, resolve=run.project.resolve, connections=run.connections)
    if not isinstance(batch, Batch):
        raise TargetError(f"{permission.model} is live at {permission.place}, which nobody scores with; expected the target batch; "
                          "release it again once governance has one")
    data = batch.artifact(permission.model, permission.artifact, permission.epoch)
    place = batch.partition(permission.model, interval.start, interval.end)
    before = scored_before(journal.register, permission, interval.start, interval.end)
    if before is not None and (_is_own(journal, before) or place.is_ready(before.output)) and _finished(place, before):
        return _done(before, "")
    content, rows, read = _made(run, step, permission, interval, opened(permission, data, run))
    made = place.make_ready(content)
    try:
        kept = record_scored(journal.register, journal.key, permission, interval.start, interval.end, rows=rows, read=read, made=made, file=place.name)
    except Refused:
        place.drop(made)
        raise
    if kept.output != made:
        place.drop(made)
        raise TargetError(f"{place.name} was made by version {kept.version} (epoch {kept.epoch}, {kept.output}) already, and would have other bytes "
                          f"now ({made}); what was made stays as it is")
    place.take_place(made)
    return _done(kept, " again, with the same bytes" if before is not None else "")


def opened(permission: Permission, data: bytes, run: Run) -> Scorer:
    """The live model, scanned and verified like every other before it is opened."""
    verified = verify(permission.kind, data, permission.artifact, scan(permission.kind, data, file=permission.file))
    scorer = open_model(verified, permission.options, connections=run.connections)
    if trouble := scorer.trouble():
        raise ArtifactError(f"{permission.model} {permission.version} cannot be asked now: {trouble}")
    return scorer


def _made(run: Run, step: PlannedStep, permission: Permission, interval: Interval, scorer: Scorer) -> tuple[bytes, int, Digest]:
    dataset = input_dataset(run, step.options.get("input"))
    stamps = dataset.stamps()
    made = scored_file(run, permission, interval, scorer, dataset, inputs=bool(step.options.get("inputs")))
    if dataset.stamps() != stamps:
        raise DataError("the data was written to while it was scored; run it again when the files are whole")
    return made


def _is_own(journal: RegisterJournal, before: Scored) -> bool:
    """Whether this run made it: the task is repeated after a kill, and its first answer counts."""
    with journal.register.read() as session:
        row = run_row(session, journal.key)
        return row is not None and row.id == before.run


def _finished(place: Partition, before: Scored) -> bool:
    """Whether the file that is on record is there, or takes its place now; otherwise it has to be made again."""
    if place.shown() is None and not place.is_ready(before.output):
        return False
    place.take_place(before.output)
    return True


def _done(kept: Scored, how: str) -> StepResult:
    told = f"version {kept.version} (epoch {kept.epoch}) scored {kept.rows} rows{how}: {kept.file}"
    return StepResult(StepStatus.DONE, message=told)
