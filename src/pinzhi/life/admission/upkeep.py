"""What admission does by itself: look for what ends, hold live listings against changed rules, try versions of the rule lab on the past and in the shadow."""

from __future__ import annotations

from datetime import timedelta

from pinzhi.engine.jobs import Progress, every, job
from pinzhi.life.admission import actions, lab, lab_shadow, renewal, watching
from pinzhi.life.admission.models import Sweep
from pinzhi.people.roles import Actor


@job("admission.watch_papers")
def watch_papers(progress: Progress) -> dict[str, int]:
    """Speak of papers and standards that end soon; screen listings again whose have ended; take off what was not put right in time."""
    progress.total(2)
    house = Actor.system("admission")
    found = watching.watch_papers(house)
    progress.done(1)
    over = renewal.end_grace(house)
    progress.done(2)
    return found | {"grace_over": over["returned"]}


@job("admission.renew")
def renew(progress: Progress) -> dict[str, int]:
    """Hold live listings against the rules in force. A worker that dies leaves the rest to the next try; each listing is looked at and told once."""

    def stop(sweep: Sweep) -> bool:
        progress.total(sweep.live)
        progress.done(sweep.judged)
        return progress.cancelled()

    house = Actor.system("admission")
    renewal.go_on(house, stop=stop)
    sweep = renewal.renew(house, stop=stop)
    return {"judged": 0, "told": 0} if sweep is None else {"judged": sweep.judged, "told": sweep.told}


@job(lab.JOB)
def backtest_rules(progress: Progress, version_id: int) -> dict[str, int]:
    """Try a version of the rule lab on the stored history."""
    made = lab.backtest(Actor.system("admission"), version_id, advance=progress.done)
    return {"backtest": made.pk}


@job("admission.read_files")
def read_files(progress: Progress, submission: str) -> dict[str, int]:
    """Read the scans that came with a submission, and judge the listing again where it still is the latest."""
    read = actions.read_and_judge_again(submission, Actor.system("admission"))
    progress.done(1)
    return {"read": read}


@job("admission.shadow")
def shadow(progress: Progress) -> dict[str, int]:
    """Judge what was submitted since the last time by the version on trial."""
    judged = lab_shadow.sweep()
    progress.done(judged)
    return {"judged": judged}


every(timedelta(minutes=5), "admission.shadow")
every(timedelta(days=1), "admission.watch_papers", offset=timedelta(minutes=10))
every(timedelta(days=1), "admission.renew", offset=timedelta(minutes=20))
