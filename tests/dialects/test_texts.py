from gateway.dialects.chat import CHAT


def body(**more):
    return {"model": "m", "messages": [{"role": "user", "content": "Why?"}], **more}


def test_a_picture_is_binary_and_text_that_only_looks_like_one_is_text():
    urls = ["data:image/png;base64,iVBORw0KGgo=", "data:image/png;base64,my key is secret", "data:,hello"]
    parts = [{"type": "image_url", "image_url": {"url": url}} for url in urls]

    texts = CHAT.parse(body(messages=[{"role": "user", "content": parts}])).texts

    assert [(text.kind, text.value) for text in texts] == [("binary", urls[0]), ("user", urls[1]), ("user", urls[2])]


def test_a_role_that_the_protocol_does_not_know_is_a_text():
    request = CHAT.parse(body(messages=[{"role": "my key is secret", "content": "x"}]))

    assert [text.value for text in request.texts] == ["my key is secret", "x"]


def test_a_key_that_no_api_defines_is_a_text_and_can_be_exchanged():
    request = CHAT.parse({"model": "m", "messages": [{"role": "user", "content": "x"}], "metadata": {"secret": "y"}})

    key = next(text for text in request.texts if text.value == "secret")
    changed = request.with_texts({key.path: "<SECRET>"})

    assert changed.raw["metadata"] == {"<SECRET>": "y"}
