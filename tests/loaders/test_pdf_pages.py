import subprocess
import sys

from gateway.loaders.pdf_pages import lines
from tests.loaders.made import pdf


def test_pages_come_first_and_then_the_whole():
    assert list(lines(pdf("One", "Two", title="T"), 10, 1000)) == [
        {"page": "One"},
        {"page": "Two"},
        {"title": "T", "info": "About T", "attachments": 0},
    ]


def test_a_word_says_why_there_is_nothing():
    assert list(lines(b"no", 10, 1000)) == [{"error": "damaged"}]
    assert list(lines(pdf("One", "Two"), 1, 1000)) == [{"error": "pages"}]
    assert list(lines(pdf("One", "Two"), 10, 4)) == [{"page": "One"}, {"error": "characters"}]
    assert list(lines(pdf("One", password="p"), 10, 1000)) == [{"error": "encrypted"}]


def test_it_runs_as_a_program():
    command = [sys.executable, "-m", "gateway.loaders.pdf_pages", "10", "1000", "20"]

    done = subprocess.run(command, input=pdf("One"), capture_output=True, check=True)

    assert done.stdout.splitlines()[0] == b'{"page": "One"}'
