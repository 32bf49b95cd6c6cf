from gateway.stores.memory import Memory


def test_what_was_learnt_is_known_at_once_and_after_the_commit():
    memory = Memory(10)
    memory.learn("a", 1)
    before = memory.get("a")
    memory.end(committed=True)

    assert (before, memory.get("a"), memory.get("b")) == (1, 1, None)


def test_what_was_learnt_in_a_failed_transaction_is_forgotten():
    memory = Memory(10)
    memory.learn("a", 1)
    memory.end(committed=True)
    memory.learn("b", 2)
    memory.end(committed=False)

    assert (memory.get("a"), memory.get("b")) == (1, None)


def test_the_oldest_go_when_it_is_full():
    memory = Memory(10)
    for key in range(25):
        memory.learn(key, key)
        memory.end(committed=True)
    known = [key for key in range(25) if memory.get(key) is not None]

    assert 9 <= len(known) <= 10
    assert known == list(range(25 - len(known), 25))


def test_a_large_transaction_is_remembered_to_its_end():
    memory = Memory(10)
    for key in range(100):
        memory.learn(key, key)
    within = sum(memory.get(key) is not None for key in range(100))
    memory.end(committed=True)

    assert within == 100
    assert sum(memory.get(key) is not None for key in range(100)) == 9
