import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.tfidf import Tfidf, characters, sounds

TEXTS = ["医保卡丢了", "医保卡怎么补", "余额怎么查", "查余额"]


def test_homophones_sound_the_same():
    assert sounds("医宝卡") == sounds("医保卡") == ["yi", "bao", "ka"]


def test_blanks_and_case_do_not_count():
    assert characters("A 卡") == ["a", "卡"]


def test_rows_have_length_one_and_unknown_characters_none():
    rows = Tfidf("characters", 1, 2).fit(TEXTS).transform(["医保卡", "龘靐", ""])
    assert np.allclose(np.sqrt(rows.multiply(rows).sum(axis=1)).A1, [1, 0, 0])


def test_rows_are_those_of_scikit_learn():
    tfidf = Tfidf("characters", 1, 1).fit(TEXTS)
    oracle = TfidfVectorizer(analyzer="char", min_df=2, sublinear_tf=True, vocabulary=tfidf.as_dict()["vocabulary"])
    asked = ["查查医保卡的余额", *TEXTS]
    assert np.allclose(tfidf.transform(asked).toarray(), oracle.fit(TEXTS).transform(asked).toarray())


def test_what_was_saved_gives_the_same_rows():
    fitted = Tfidf("sounds", 1, 2).fit(TEXTS)
    again = Tfidf(**fitted.as_dict())
    assert np.array_equal(fitted.transform(["补医保卡"]).toarray(), again.transform(["补医保卡"]).toarray())


def test_an_unknown_view_is_refused():
    with pytest.raises(KeyError):
        Tfidf("smells", 1, 2)
