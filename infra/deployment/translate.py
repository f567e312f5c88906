"""Prints the CloudFormation template that SAM generates from the SAM template, as JSON.

    target/tools/deployment/bin/python infra/deployment/translate.py template.yaml
    target/tools/deployment/bin/python infra/deployment/translate.py template.yaml Table SealingKey

With names, prints only these resources. A stack that imports an existing table is created with them.
"""

import json
import sys

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

# SAM would query AWS for these; only their names matter here.
MANAGED = {
    name: f"arn:aws:iam::aws:policy/{path}{name}"
    for path, name in [("service-role/", "AWSLambdaBasicExecutionRole"), ("", "AWSXrayWriteOnlyAccess")]
}


def translated(path):
    with open(path, encoding="utf-8") as file:
        template = yaml_parse(file.read())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # Placeholder for the location that `sam deploy` uploads the binary to.
            resource["Properties"]["CodeUri"] = "s3://uploads/" + resource["Metadata"]["BuildProperties"]["Binary"]
    parameters = {
        name: parameter["Default"] for name, parameter in template["Parameters"].items() if "Default" in parameter
    }
    return Translator(MANAGED, Parser()).translate(template, parameter_values=parameters)


def only(template, names):
    kept = {name: template["Resources"][name] for name in names}
    return {**{part: template[part] for part in ("Parameters", "Conditions")}, "Resources": kept}


if __name__ == "__main__":
    result = translated(sys.argv[1])
    json.dump(only(result, sys.argv[2:]) if sys.argv[2:] else result, sys.stdout, indent=1)
