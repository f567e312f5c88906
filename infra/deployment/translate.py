"""Prints what SAM makes of the template: the resources that CloudFormation will be given, as JSON.

    target/tools/deployment/bin/python infra/deployment/translate.py template.yaml
    target/tools/deployment/bin/python infra/deployment/translate.py template.yaml Table SealingKey

With names, only these resources are printed: what a stack begins with that takes over a table that is there already.
"""

import json
import sys

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

# AWS would be asked for these; their names are all that matters here.
MANAGED = {
    name: f"arn:aws:iam::aws:policy/{path}{name}"
    for path, name in [("service-role/", "AWSLambdaBasicExecutionRole"), ("", "AWSXrayWriteOnlyAccess")]
}


def translated(path):
    with open(path, encoding="utf-8") as file:
        template = yaml_parse(file.read())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # Where `sam deploy` uploads the binary to.
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
