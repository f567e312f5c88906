"""Says which of the commands on standard input don't exist, or don't take what they are given. Nothing is run."""

import json
import re
import shlex
import sys

import botocore.session
from botocore import xform_name
from botocore.exceptions import UnknownServiceError

# Programs that every machine has; what is done with them in the README's tour is run by another test.
PLAIN = {"cat", "cd", "curl", "echo", "git", "npm", "node", "python3", "tee"}
# Generators of clients: the tests of the description run them with the same options.
PLAIN |= {"npx", "openapi-python-client"}
# Options of the AWS CLI itself.
GLOBAL = {"--cli-binary-format", "--query", "--output", "--region", "--profile"}
SEPARATORS = {"&&", "||", "|", ";", "|&", "&"}
# Words that need no quotes.
BARE = re.compile(r"[\w@%+=:,./…<>-]+")
STEPS = re.compile(r"--only +([\w,-]+)")


def simple_commands(text):
    """Commands of a script, each as its words, without heredocs, comments, redirections and assignments."""
    text = re.sub(r"<<'?(\w+)'?\n.*?\n\1\n", "\n", text, flags=re.S).replace("\\\n", " ")
    text = re.sub(r"\s#\s.*", "", text)
    text = re.sub(r"^\w+=\$\((.*)\)$", r"\1", text, flags=re.M)
    lexer = shlex.shlex(joined(text), posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    command = []
    for word in lexer:
        if word in SEPARATORS:
            yield from [command] if command else []
            command = []
        else:
            command.append(word)
    yield from [command] if command else []


def joined(text):
    """The text with a separator at the end of each line that is not inside quotes."""
    result, quote = "", None
    for character in text:
        if quote is None and character in "'\"":
            quote = character
        elif character == quote:
            quote = None
        result += " ; " if character == "\n" and quote is None else character
    return result


def written(words):
    """A command as a shell takes it, and as the table of `table.rs` has it."""
    return " ".join(word if BARE.fullmatch(word) else "'" + re.sub(r"\s+", " ", word) + "'" for word in words)


class Checker:
    def __init__(self, helps):
        self.helps = helps
        self.session = botocore.session.get_session()

    def fault(self, words):
        program = words[0]
        if program == "aws":
            return self.aws(words[1:])
        if program in ("cargo", "sam"):
            return self.ours(["cargo", "xtask", *words] if program == "sam" else words)
        if program in PLAIN or program.startswith("target/tools/"):
            return None
        return f"{program} is no program that the pages may use without a check"

    def ours(self, words):
        if words == ["cargo", "run"] or words[1] in ("test", "xtask") and len(words) == 2:
            return None
        command = " ".join(words)
        known = [name for name in self.helps if command == name or command.startswith(name + " ")]
        if not known:
            return f"`{command}` is no command"
        name = max(known, key=len)
        text = self.helps[name]
        rest = words[len(name.split()):]
        if name == "cargo xtask" and not rest[0].startswith("-") and not re.search(rf"^ +{re.escape(rest[0])} ", text, re.M):
            return f"`{rest[0]}` is no task"
        for word in rest:
            option = word.split("=")[0]
            if option.startswith("--") and not re.search(rf"{re.escape(option)}(?![\w-])", text):
                return f"`{name}` has no option {option}"
        steps = STEPS.search(command)
        if steps and name == "cargo xtask test":
            wrong = [step for step in steps[1].split(",") if not re.search(rf"[- \[,]{step}[,:\] ]", text)]
            return f"no step {wrong}" if wrong else None
        return None

    def aws(self, words):
        service, operation, *rest = words
        try:
            model = self.session.get_service_model(service)
        except UnknownServiceError:
            return f"AWS has no service {service}"
        operations = {xform_name(name, "-"): name for name in model.operation_names}
        if operation not in operations:
            return f"{service} has no operation {operation}"
        shape = model.operation_model(operations[operation]).input_shape
        members = {"--" + xform_name(name, "-") for name in (shape.members if shape else {})}
        members |= {"--no-" + name[2:] for name in members} | GLOBAL
        unknown = [word for word in rest if word.startswith("--") and word not in members]
        return f"{service} {operation} takes no {unknown}" if unknown else None


def main():
    request = json.load(sys.stdin)
    checker = Checker(request["helps"])
    faults, commands = [], []
    for place, text in request["commands"]:
        for words in simple_commands(text):
            commands.append(written(words))
            fault = checker.fault(words)
            if fault:
                faults.append(f"{place}: {fault}")
    json.dump({"faults": faults, "commands": commands}, sys.stdout)


main()
