"""Which lines of code correspond."""

from publishing.site.alignment import aligned


def test_like_lines_share_a_row_and_others_stand_opposite_a_gap():
    one = ["def f(x: tf.Tensor):", "    y = tf.tanh(x)", "", "    return y"]
    other = [
        "def f(x: torch.Tensor):",
        "    model.train()",
        "    y = torch.tanh(x)",
        "    return y",
    ]
    assert aligned([one, other]) == [
        (one[0], other[0]),
        (None, other[1]),
        (one[1], other[2]),
        (one[2], None),
        (one[3], other[3]),
    ]


def test_each_text_keeps_its_lines_and_their_order():
    texts = [["a b", ")", "", "c"], ["x", "", ")", "c d"], ["c", "a b", ")"]]
    rows = aligned(texts)
    for place, text in enumerate(texts):
        assert [row[place] for row in rows if row[place] is not None] == text
    assert all(len(row) == len(texts) for row in rows)


def test_signs_alone_correspond_to_the_same_signs():
    assert aligned([["    )"], [")"]]) == [("    )", ")")]
    assert aligned([["}"], [")"]]) == [("}", None), (None, ")")]
