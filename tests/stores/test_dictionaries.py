from gateway.domain.digests import digest
from gateway.stores.dictionaries import RECORD_1


def test_the_dictionary_is_the_one_that_old_records_were_written_with():
    """One changed byte makes every record unreadable that was written before."""
    assert digest(RECORD_1) == "sha256:17a156d88903dee8e8d0e4e89e32c29b7cbafdcc3f0cbf65e4e4e88d894b633d"
