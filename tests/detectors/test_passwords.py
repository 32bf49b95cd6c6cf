import pytest

from gateway.detectors.passwords import connection_strings, is_random, passwords, random_keys


def found(text: str) -> list[str]:
    small = text.lower()
    finders = (passwords, connection_strings, random_keys)
    return [text[f.start : f.end] for find in finders for f in find(text, small)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("password: hunter22, then", "hunter22"),
        ("password:hunter22", "hunter22"),
        ("password => 'hunter22'", "hunter22"),
        ('"passwd" : "hun\'ter22"', "hun'ter22"),
        ("Passphrase: `correct horse battery`", "correct horse battery"),
        ("Kennwort: geheim99", "geheim99"),
        ("contraseña: abc12345", "abc12345"),
        ("mot de passe : abc12345", "abc12345"),
        ("пароль: abc12345", "abc12345"),
        ("password1 = P4ss(word)!x", "P4ss(word)!x"),
        ("The password is Tr0ub4dor&3.", "Tr0ub4dor&3"),
    ],
)
def test_what_is_given_as_a_password_is_one(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "The password is required.", "The password is stored in the vault.", "Password: Optional", "a password manager",
        "Forgot password: click here to reset it", "password: ....", "password: xxxxxx", "password=$PW", "password=%s",
        "password=read_password()", "password = config.password", "password: your_password", "passwords=5",
        "password policy 2024", "pass: 123", "bypass: north1", "pass=yes",
    ],
)  # fmt: skip
def test_what_only_speaks_of_passwords_is_none(text: str) -> None:
    assert found(text) == []


def test_a_quoted_password_that_is_still_open_counts_from_its_first_character() -> None:
    assert found('password: "c') == ["c"]
    assert found('password: "c"') == []


def test_a_quotation_that_never_closes_is_no_password() -> None:
    assert found('password: "' + "tell nobody " * 8) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("amqp://guest:g:u/e@st", None),
        ("mysql://root:p@ss@db:3306", "p@ss"),
        ("https://u:t0k3n@[2001:db8::1]/", "t0k3n"),
        ("http://user:***@host", None),
        ("http://user:<password>@host", None),
        ("https://host:8080/@x", None),
    ],
)
def test_the_password_of_a_url_stands_before_its_host(text: str, value: str | None) -> None:
    assert found(text) == ([value] if value else [])


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", True),
        ("9f86d081884c7d659a2feaa0c55ad015", True),
        ("x7f2k9q4m1z8w3b6v5n0", True),
        ("550e8400-e29b-41d4-a716-446655440000", False),
        ("//login.example.com/oauth2/v2.0/token", False),
        ("com.example.MyTokenProviderFactory2", False),
        ("aaaaaaaaaaaaaaaaaaaaaaaa1", False),
        ("12345678901234567890", False),
        ("onlylettersonlylettersonly", False),
    ],
)
def test_random_strings_are_not_made_of_words(value: str, verdict: bool) -> None:
    assert is_random(value) is verdict


def test_a_random_string_counts_only_right_after_a_word_for_a_key() -> None:
    value = "9f86d081884c7d659a2feaa0c55ad015"

    assert found(f"commit {value}") == []
    assert found(f"the api key, I think, is {value}") == []
    assert found(f"API-Key is {value}") == [value]
    assert found(f'"client_secret":"{value}"') == [value]
