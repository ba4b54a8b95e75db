"""Note types are frozen: learners' notes hang on every id, name and position here."""

from cardsmith.anki import notetypes
from cardsmith.anki.notetypes import VERSION, model_time, note_types
from looks import LOOKS, look_of, of_version

COMMON = ["Extra", "Where", "Aka", "Quote", "Source", "Topic", "Article", "Kind", "Retired"]
SPARE = ["Spare1", "Spare2", "Spare3", "Spare4"]


def test_ids_fields_and_templates_are_as_first_released():
    basic, cloze = note_types()
    assert (basic.id, basic.name, basic.is_cloze) == (1_767_225_600_001, "cardsmith Basic", False)
    assert (cloze.id, cloze.name, cloze.is_cloze) == (1_767_225_600_002, "cardsmith Cloze", True)
    basic_names = ["Id", "Front", "Back", "Reverse", *COMMON, *SPARE]
    cloze_names = ["Id", "Text", *COMMON, *SPARE]
    assert basic.fields == tuple(zip(basic_names, range(8_267_225_600_100, 8_267_225_600_117), strict=True))
    assert cloze.fields == tuple(zip(cloze_names, range(8_267_225_600_300, 8_267_225_600_315), strict=True))
    assert [(t.id, t.name) for t in basic.templates] == [
        (8_267_225_600_201, "Forward"),
        (8_267_225_600_202, "Reverse"),
    ]
    assert [(t.id, t.name) for t in cloze.templates] == [(8_267_225_600_401, "Cloze")]


def test_a_new_look_has_a_new_version():
    assert look_of(note_types()) == LOOKS[VERSION], "raise VERSION and add its line to LOOKS"
    assert sorted(LOOKS) == list(range(1, VERSION + 1))


def test_the_look_that_learners_have_is_kept_to_upgrade_from(monkeypatch):
    of_version(1, monkeypatch)
    assert (notetypes.VERSION, look_of(notetypes.note_types())) == (1, LOOKS[1])


def test_each_side_is_in_its_notes_language():
    for template in (t for kind in note_types() for t in kind.templates):
        for page in (template.front, template.back):
            assert page.count("<article") == page.count('lang="{{Spare2}}{{^Spare2}}zh{{/Spare2}}"')
        assert "{{#Spare1}}" in template.front
        assert "{{#Spare3}}" in template.back
        assert "[[" not in template.back


def test_each_version_is_newer_to_anki_than_the_one_before_and_never_in_the_future():
    assert model_time() == 1_767_225_600 + 86_400 * VERSION
    assert model_time() < 1_795_305_600


def test_both_types_share_one_look_and_each_front_is_blank_once_retired():
    basic, cloze = note_types()
    assert basic.css == cloze.css
    for template in (*basic.templates, *cloze.templates):
        assert template.front.startswith("{{^Retired}}")
        assert template.front.endswith("{{/Retired}}")
    assert "{{#Reverse}}" in basic.templates[1].front
