from hypothesis import given
from hypothesis import strategies as st
from rich.panel import Panel
from rich.text import Text

from gateway.screen import Rows, Screen

CONTROL = {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))} - {"\n"}


def printed(*what):
    screen = Screen()
    with screen.capture() as capture:
        screen.print(*what)
    return capture.get()


def test_brackets_in_a_cell_are_no_markup():
    table = Rows("name")
    table.add_row("[/red] [link=file:///etc]a[/link] :boom:")

    assert "[/red] [link=file:///etc]a[/link] :boom:" in printed(table)


def test_control_characters_are_shown_and_not_sent():
    """`ESC ] 0 ; x BEL` would name the window, `ESC [ 2 J` wipe the screen, and 9B is short for `ESC [`."""
    shown = printed(Panel(Text("a\x1b]0;x b\x1b[2Jc\x9b2Jd")))

    assert "a\u241b]0;x b\u241b[2Jc\\x9b2Jd" in shown


@given(st.text())
def test_no_text_reaches_the_terminal_as_an_order(text):
    table = Rows("name")
    table.add_row(text)

    assert not CONTROL & {*printed(Text(text)), *printed(table)}
