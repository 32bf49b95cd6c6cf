import pytest

from gateway.loaders.hiding import is_hidden, unseen


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "DISPLAY : none !important",
        "color:red;visibility: hidden",
        "opacity:0",
        "opacity: 0.0; x:y",
        "font-size:0px",
        "font-size: 0",
        "position:absolute;left:-9999px",
        "text-indent:-5000em",
        "disp/**/lay:none",
        "height:0;overflow:hidden",
    ],
)
def test_styles_that_leave_nothing_to_see_hide(style):
    assert is_hidden("p", {"style": style})


@pytest.mark.parametrize(
    "style", ["display:block", "opacity:0.5", "font-size:10px", "left:-1px", "max-height:100px", "width:05em", "", None]
)
def test_other_styles_do_not(style):
    assert not is_hidden("p", {"style": style})


def test_the_hidden_attribute_and_elements_that_are_never_shown_hide():
    assert is_hidden("div", {"hidden": ""}) and is_hidden("template", {}) and is_hidden("noscript", {})
    assert not is_hidden("div", {})


def test_texts_in_attributes_are_not_seen_and_technical_ones_are_no_text():
    assert list(unseen("a", {"title": "Tip", "href": "/x"})) == ["Tip"]
    assert list(unseen("meta", {"name": "description", "content": "About"})) == ["About"]
    assert list(unseen("meta", {"name": "viewport", "content": "width=device-width"})) == []
    assert list(unseen("meta", {"charset": "utf-8"})) == []
    assert list(unseen("input", {"type": "hidden", "value": "v"})) == ["v"]
