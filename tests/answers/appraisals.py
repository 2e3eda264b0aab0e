"""Answers on appraisals: the release has none, since no record states one of a named study."""

from __future__ import annotations

from answers.records import Answer


def appraisals_of(study="") -> Answer:
    return "study tool outcome appraiser day domain judgement reason place counts", []


def appraisal_agreement() -> Answer:
    return "tool first second studies judged_by_both agreed percent", []
