import pytest

from gateway.dialects.chat import CHAT
from gateway.dialects.fields import Arrival
from gateway.domain.errors import Forbidden


def body(**more):
    return {"model": "m", "messages": [{"role": "user", "content": "Why?"}], **more}


@pytest.mark.parametrize("field", ["api_base", "base_url", "api_key", "guardrails", "extra_headers"])
def test_a_caller_cannot_choose_upstream_key_or_guards(field):
    with pytest.raises(Forbidden) as caught:
        CHAT.parse(body(**{field: "x"}))

    assert caught.value.param == field


def test_unknown_fields_stay_and_own_fields_go():
    request = CHAT.parse(body(novel={"a": [1]}, documents=["d"], collections=["kb"], lineward={}))

    assert request.raw == body(novel={"a": [1]})


def test_foreign_data_sources_pass_through_and_ours_become_searches():
    azure = {"type": "azure_search", "parameters": {"index_name": "theirs"}}
    ours = {"type": "azure_search", "parameters": {"index_name": "kb", "top_n_documents": 3}}

    request = CHAT.parse(body(data_sources=[azure, ours]), Arrival(collections=frozenset({"kb"})))

    assert request.raw["data_sources"] == [azure]
    assert [(search.collection, search.top_k) for search in request.searches] == [("kb", 3)]
