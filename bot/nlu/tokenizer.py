"""jieba with the domain's words and those of the examples: its whole dictionary would take 0.1 GB of every process."""

from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.jieba_tokenizer import JiebaTokenizer
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import get_text_hash

from bot.nlu.component import TrainedComponent

_WORDS = "words.txt"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class DictionaryTokenizer(TrainedComponent, JiebaTokenizer):
    """Splits Chinese text into words; those that no example and no file in `dictionary_path` has, jieba guesses."""

    _jieba: Any = None

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Retrain when a dictionary changes: Rasa's cache does not look into the files (see parent class)."""
        # On a cache hit Rasa passes another node's config, hence the defaults.
        return get_text_hash(
            "".join(path.read_text(encoding="utf-8") for path in _dictionaries({**cls.get_default_config(), **config}))
        )

    def __init__(self, config: dict[str, Any], *place: Any) -> None:
        super().__init__(config, *place)
        JiebaTokenizer.__init__(self, config, self._storage, self._resource)

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        import jieba

        whole = jieba.Tokenizer()
        for path in _dictionaries(self._config):
            whole.load_userdict(str(path))
        terms = {
            line.split()[0] for path in _dictionaries(self._config) for line in path.read_text("utf-8").splitlines()
        }
        texts = [example.get(TEXT) for example in training_data.training_examples if example.get(TEXT)]
        seen = terms.union(*map(whole.cut, texts))
        lines = [f"{word} {whole.FREQ[word]}\n" for word in sorted(seen) if whole.FREQ.get(word)]
        (folder / _WORDS).write_text("".join(lines), encoding="utf-8")

    def read(self, folder: Path) -> None:
        import jieba

        self._jieba = jieba.Tokenizer()
        with (folder / _WORDS).open("rb") as words:
            # By hand: initialize() would leave a cache of each model in the folder for temporary files.
            self._jieba.FREQ, self._jieba.total = self._jieba.gen_pfdict(words)
        self._jieba.initialized = True

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are: nothing that learns looks at words, and cutting them takes a while."""
        return training_data

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        words = self._jieba.tokenize(message.get(attribute))
        return self._apply_token_pattern([Token(word, start) for word, start, _ in words])


def _dictionaries(config: dict[str, Any]) -> list[Path]:
    return sorted(Path(config["dictionary_path"]).iterdir()) if config["dictionary_path"] else []
