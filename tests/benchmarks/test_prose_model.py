from gateway.stores.compression import Compressor
from tests.benchmarks.prose_model import ProseModel

MODEL = ProseModel()


def test_a_number_has_one_text_of_as_many_words_as_asked():
    texts = [MODEL.text(number, 300) for number in (0, 1, 1 << 61)]

    assert texts == [ProseModel().text(number, 300) for number in (0, 1, 1 << 61)]
    assert len({*texts}) == 3
    assert [len(text.split(" ")) for text in texts] == [300] * 3


def test_it_is_as_hard_to_pack_as_english_is():
    """English that was measured: documentation of Python 0.374, readmes 0.388, a FAQ 0.393, a manual 0.416."""
    texts = [MODEL.text(number, 310) for number in range(200)]
    packed = sum(len(Compressor().pack_prose(text)) for text in texts)

    assert 0.395 < packed / sum(map(len, texts)) < 0.415
