"""What was sent, read again: whole, or refused in words that help."""

from __future__ import annotations

import json

import pytest
from review_sample import mini_base

from pasbuild.diagnostics import Report
from pasbuild.reviewbase import as_json, read_base


def code_of(text: str) -> str:
    report = Report()
    assert read_base(text, 'envoi.json', report) is None
    (finding,) = report.diagnostics
    return finding.code


def test_base_is_read_as_it_was_written() -> None:
    report = Report()
    assert read_base(as_json(mini_base()).decode(), 'envoi.json', report) == mini_base()
    assert report.diagnostics == []


def test_base_of_a_newer_version_says_what_to_install() -> None:
    assert code_of(json.dumps({**json.loads(as_json(mini_base())), 'version': 2})) == 'revue.version'


@pytest.mark.parametrize('text', ['', '{', '[]', '{}', '{"version": 1}', '{"version": "1"}', '{"version": 0}'])
def test_anything_else_is_no_base(text: str) -> None:
    assert code_of(text) == 'revue.base'
