import pytest

from gateway.commands.failures import told
from gateway.domain.errors import ConfigurationError, LineageUnavailable


def failing(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(("error", "code"), [(ConfigurationError("x: no"), 2), (LineageUnavailable("x: no"), 1)])
def test_what_was_foreseen_is_one_sentence(error: Exception, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        told(lambda: failing(error))

    assert ended.value.code == code
    assert capsys.readouterr().err == "lineward: x: no\n"


def test_what_was_not_foreseen_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        told(lambda: failing(ZeroDivisionError()))
