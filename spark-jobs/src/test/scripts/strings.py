"""Prints a JSON list of 1,200 texts in many scripts, for comparing tokenizers; always the same."""

import json
import random

RANGES = {
    "latin": (0x41, 0x17F),
    "greek": (0x391, 0x3C9),
    "cyrillic": (0x410, 0x44F),
    "armenian": (0x531, 0x556),
    "hebrew": (0x5D0, 0x5EA),
    "arabic": (0x621, 0x64A),
    "devanagari": (0x905, 0x939),
    "bengali": (0x985, 0x9B9),
    "tamil": (0xB85, 0xBB9),
    "thai": (0xE01, 0xE2E),
    "georgian": (0x10D0, 0x10F0),
    "hangul": (0xAC00, 0xD7A3),
    "hiragana": (0x3041, 0x3096),
    "katakana": (0x30A1, 0x30FA),
    "han": (0x4E00, 0x9FA5),
    "symbols": (0x2190, 0x22FF),
    "emoji": (0x1F600, 0x1F64F),
    "mathematical": (0x1D400, 0x1D454),
}
FIXED = [
    "", " ", "  ", "\n", "\n\n\n", "\t\tx", "a\r\nb", " leading", "trailing ", "a  b   c    d",
    "What is 12,345.678 × 9?", "\\frac{1}{2}\\sqrt{x^2+1} \\boxed{42}", "def f(x):\n    return x**2\n",
    "it's we're I'LL don't", "naïve café ﬁﬃ Å Å ½ ²", "👩‍👩‍👧‍👦 🇩🇪 👍🏽", "x\u0301\u0308", "\u200b\ufeff\u00a0",
    "1234567890", "3.14159e-10", "https://example.org/a?b=c&d=%20#e", "<b>&amp;</b>", "()[]{}<>!?;:,.",
    "AAAAAAAAAAAAAAAA", "_____-----=====", "ＦＵＬＬ　ｗｉｄｔｈ", "a\u0000b", "الرقم ١٢٣", "नमस्ते दुनिया", "안녕하세요 세계",
]  # fmt: skip


def main():
    draw = random.Random(1)
    texts = list(FIXED)
    names = sorted(RANGES)
    while len(texts) < 1200:
        words = []
        for _ in range(draw.randint(1, 9)):
            low, high = RANGES[draw.choice(names) if draw.random() < 0.3 else names[len(texts) % len(names)]]
            word = "".join(chr(draw.randint(low, high)) for _ in range(draw.randint(1, 8)))
            words.append(draw.choice([word, word, word, str(draw.randint(0, 10**6)), word + draw.choice(".,!?;")]))
        texts.append(draw.choice([" ", " ", " ", "  ", "\n", ""]).join(words))
    print(json.dumps(texts, ensure_ascii=False))


if __name__ == "__main__":
    main()
