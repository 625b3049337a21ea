import sys
import time
from pathlib import Path

import llmvox_plugins

sys.path.append(str(Path(llmvox_plugins.__file__).parents[1] / "tests"))
from support.local_llm import Script, model_for, tokenizer_of

tokenizer = tokenizer_of()
tokenizer.chat_template = "{% for m in messages %}{{ m.content }}\n{% endfor %}"
questions = ["Why is the sky blue?", "Why are sunsets red?"]


def ask(question):
    chat = [{"role": "user", "content": question}]
    return tokenizer.apply_chat_template(chat, return_dict=True, return_tensors="pt")


class Model:
    """A real one, whose answer is scripted."""

    model = model_for(tokenizer)

    def generate(self, **options):
        length = options["input_ids"].shape[1]
        return self.model.generate(
            **options, logits_processor=[Script(tokenizer, ["Blue light scatters."], length)]
        )


model, inputs = Model(), ask("Why?")


def wait_until_the_user_speaks():
    time.sleep(0.5)
