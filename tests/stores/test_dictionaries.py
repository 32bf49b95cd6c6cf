import pytest

from gateway.domain.digests import digest
from gateway.stores.dictionaries import LEAF_1, LEAF_2, RECORD_1, RECORD_2


@pytest.mark.parametrize(
    "dictionary, name",
    [
        (RECORD_1, "17a156d88903dee8e8d0e4e89e32c29b7cbafdcc3f0cbf65e4e4e88d894b633d"),
        (LEAF_1, "afd936ce7347212c7fab1cb1460c34273da2c043f925764d27f47079cd0cb5d0"),
        (RECORD_2, "d6dbddb466bb6264a7a24f7541d5fe390b50949fad89c667279c1c4ae1b10c1c"),
        (LEAF_2, "44de6d33f4f7383a6e2078746e59445884cc40e09d0a640cc6ec43744145d8d7"),
    ],
)
def test_a_dictionary_is_the_one_that_old_records_were_written_with(dictionary, name):
    """One changed byte makes every record unreadable that was written before."""
    assert digest(dictionary) == f"sha256:{name}"
