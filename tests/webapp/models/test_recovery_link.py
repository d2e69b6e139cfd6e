"""One recovery link per browser, as good as its token, which is kept nowhere."""

import pytest

from webapp.models import RecoveryLink


def test_the_token_finds_the_browser_and_is_kept_nowhere(db: None) -> None:
    token = RecoveryLink.make("ada")
    found = RecoveryLink.with_token(token)
    assert found is not None
    assert found.browser_id == "ada"
    assert token not in str(RecoveryLink.objects.values().get())
    assert len(token) >= 43


def test_a_new_one_replaces_the_old_one_of_this_browser_only(db: None) -> None:
    old, others = RecoveryLink.make("ada"), RecoveryLink.make("bob")
    RecoveryLink.make("ada")
    assert RecoveryLink.with_token(old) is None
    assert RecoveryLink.with_token(others) is not None


@pytest.mark.parametrize("token", ["", "x", "\0", "\ud800", "ü" * 1000])
def test_a_wrong_token_finds_nothing(db: None, token: str) -> None:
    RecoveryLink.make("ada")
    assert RecoveryLink.with_token(token) is None
