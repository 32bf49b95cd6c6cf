import pytest

from gateway.api.front import Front


@pytest.mark.parametrize(
    ("scope", "to"),
    [
        ({"type": "http", "path": "/v1/chat/completions", "method": "POST"}, "chat"),
        ({"type": "http", "path": "/v1/chat/completions", "method": "GET"}, "app"),
        ({"type": "http", "path": "/v1/models", "method": "POST"}, "app"),
        ({"type": "lifespan"}, "app"),
    ],
)
async def test_only_conversations_go_straight_to_their_endpoint(scope: dict, to: str):
    reached = []

    def named(name: str):
        async def app(*_) -> None:
            reached.append(name)

        return app

    await Front(named("app"), {"/v1/chat/completions": named("chat")})(scope, None, None)

    assert reached == [to]
