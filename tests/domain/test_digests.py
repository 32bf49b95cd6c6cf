import time
import uuid

from gateway.domain.digests import derived_id, digest, new_id


def test_a_digest_names_its_algorithm():
    assert digest("abc") == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_string_counts_as_its_utf8_and_lone_surrogates_do_not_fail():
    assert digest("é") == digest("é".encode())
    assert digest("\ud800") != digest("\ud801")


def test_ids_are_uuid7_and_sort_by_time():
    before = time.time_ns() // 1_000_000
    ids = [new_id()]
    time.sleep(0.002)
    ids.append(new_id())

    parsed = [uuid.UUID(one) for one in ids]
    assert all(one.version == 7 and one.variant == uuid.RFC_4122 for one in parsed)
    assert before <= parsed[0].int >> 80 <= parsed[1].int >> 80
    assert sorted(ids) == ids


def test_an_id_that_is_derived_is_a_uuid8_and_the_same_for_the_same_content():
    derived = uuid.UUID(derived_id("what it stands for"))

    assert (derived.version, derived.variant) == (8, uuid.RFC_4122)
    assert derived_id("what it stands for") == str(derived) != derived_id("another")
