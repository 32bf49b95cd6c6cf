import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.records import TreeHead
from gateway.lineage.receipts import Receipt


@given(st.integers(0, 10**12), st.integers(1, 10**5), st.binary(min_size=32, max_size=32))
def test_a_receipt_comes_back_from_the_header_that_it_was_written_in(index, more, root):
    receipt = Receipt(index, TreeHead(index + more, root))

    assert Receipt.parse(str(receipt)) == receipt
    assert len(str(receipt)) < 80 and str(receipt).isascii()


@pytest.mark.parametrize("text", ["", "1@2:short", "2@2:" + "A" * 43, "1@2:" + "!" * 43, "x@2:" + "A" * 43])
def test_what_is_no_receipt_is_refused(text):
    with pytest.raises(ValueError, match="not a receipt"):
        Receipt.parse(text)
