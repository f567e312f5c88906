"""Deploys the translated template to moto and describes the stack. Each step prints JSON.

    stack.py deploy TEMPLATE    creates the stack; the physical ids of its resources
    stack.py update TEMPLATE    updates it; the same
    stack.py describe           table, functions, roles and events as moto's services describe them
    stack.py put                puts an item into the table, as an older version of the functions might have
    stack.py get                whether the item is still there
    stack.py delete             deletes the stack; whether the table is still there
"""

import json
import sys

import boto3
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

STACK = "keyturn"
PARAMETERS = [
    {"ParameterKey": "MailSender", "ParameterValue": "keyturn@example.com"},
    {"ParameterKey": "AlarmMail", "ParameterValue": "ops@example.com"},
]
ITEM = {"pk": {"S": "COMPANY#before"}, "sk": {"S": "COMPANY"}}

cloudformation = boto3.client("cloudformation")


def resources():
    found = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    # What moto cannot create has no id.
    return {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in found if r.get("PhysicalResourceId")}


def read(path):
    with open(path, encoding="utf-8") as file:
        template = json.load(file)
    # moto accepts an archive's pattern as a text only; CloudFormation accepts an object only.
    template["Resources"]["Archive"]["Properties"].pop("EventPattern")
    # And it resolves a reference to a bus to the bus itself.
    name = json.dumps({"Fn::GetAtt": ["Bus", "Name"]})
    return json.loads(json.dumps(template).replace(json.dumps({"Ref": "Bus"}), name))


def binaries(template):
    functions = [r for r in template["Resources"].values() if r["Type"] == "AWS::Lambda::Function"]
    return [function["Properties"]["Code"] for function in functions]


def deploy(path):
    template = read(path)
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="uploads", CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    for code in binaries(template):
        s3.put_object(Bucket=code["S3Bucket"], Key=code["S3Key"], Body=b"nothing runs here")
    boto3.client("sesv2").create_email_identity(EmailIdentity="example.com")
    cloudformation.create_stack(
        StackName=STACK, TemplateBody=json.dumps(template), Parameters=PARAMETERS, Capabilities=["CAPABILITY_IAM"]
    )
    return {"physical": resources()}


def update(path):
    template = json.dumps(read(path))
    cloudformation.update_stack(
        StackName=STACK, TemplateBody=template, Parameters=PARAMETERS, Capabilities=["CAPABILITY_IAM"]
    )
    return {"physical": resources()}


def describe():
    physical = resources()
    dynamodb, iam, functions = boto3.client("dynamodb"), boto3.client("iam"), boto3.client("lambda")
    table = dynamodb.describe_table(TableName=physical["Table"])["Table"]
    roles = {}
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        policies = iam.list_role_policies(RoleName=name)["PolicyNames"]
        roles[name] = {
            "inline": [iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"] for policy in policies]
        }
    archives = boto3.client("events").list_archives()["Archives"]
    return {
        "status": cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"],
        "indexes": sorted(index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])),
        "billing": table["BillingModeSummary"]["BillingMode"],
        "deletionProtection": table.get("DeletionProtectionEnabled", False),
        "functions": {
            function["FunctionName"]: function["Role"].rsplit("/", 1)[1]
            for function in functions.list_functions()["Functions"]
        },
        "roles": roles,
        "archivedEvents": sum(archive["EventCount"] for archive in archives),
        "mailsSent": int(boto3.client("ses").get_send_quota()["SentLast24Hours"]),
    }


def put():
    boto3.client("dynamodb").put_item(TableName=resources()["Table"], Item=ITEM)
    return {}


def get():
    found = boto3.client("dynamodb").get_item(TableName=resources()["Table"], Key=ITEM)
    return {"there": found.get("Item") == ITEM}


def delete():
    table = resources()["Table"]
    try:
        cloudformation.delete_stack(StackName=STACK)
    except (ClientError, ResponseParserError) as error:
        print(error, file=sys.stderr)
    return {"tableThere": table in boto3.client("dynamodb").list_tables()["TableNames"]}


if __name__ == "__main__":
    step = {step.__name__: step for step in (deploy, update, describe, put, get, delete)}[sys.argv[1]]
    json.dump(step(*sys.argv[2:]), sys.stdout)
