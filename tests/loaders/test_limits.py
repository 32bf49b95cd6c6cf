import pytest

from gateway.domain.errors import BadRequest
from gateway.loaders.limits import Limits, Watch


def test_what_is_within_the_limits_passes():
    watch = Watch("a.txt", Limits(bytes=3, characters=3))

    watch.size(b"123")
    watch.read("12")
    watch.read("3")
    watch.tick()

    assert watch.limits.bytes == 3


@pytest.mark.parametrize(
    ("limits", "work"),
    [
        (Limits(bytes=3), lambda watch: watch.size(b"1234")),
        (Limits(characters=3), lambda watch: [watch.read("12"), watch.read("34")]),
        (Limits(seconds=-1), lambda watch: watch.tick()),
    ],
)
def test_what_is_not_is_refused_by_name(limits, work):
    with pytest.raises(BadRequest, match=r"a\.txt .* limit") as refused:
        work(Watch("a.txt", limits))

    assert refused.value.code == "file_too_large"
