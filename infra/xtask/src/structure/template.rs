//! The deployment template deploys every function, and nothing else.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use saphyr::{LoadableYamlNode, Yaml};

use super::Problems;
use crate::workspace::Target;

const TEMPLATE: &str = "template.yaml";
const FUNCTION_TYPE: &str = "AWS::Serverless::Function";

/// A function of the template, with the binary that is built for it (`Metadata.BuildProperties.Binary`).
type Deployed = (String, Option<String>);

/// The differences between the template and the functions' binaries.
pub(crate) fn check(root: &Path, functions: &[&Target]) -> Result<Problems> {
    let names: Vec<_> = functions.iter().map(|function| function.name.as_str()).collect();
    let text = fs::read_to_string(root.join(TEMPLATE)).with_context(|| format!("{TEMPLATE} is missing"))?;
    Ok(differences(&parse(&text)?, &names))
}

fn differences(deployed: &[Deployed], functions: &[&str]) -> Problems {
    let mut problems = Problems::new();
    for (name, binary) in deployed {
        match binary {
            None => problems.push(format!("{TEMPLATE}: `{name}` has no Metadata.BuildProperties.Binary")),
            Some(binary) if !functions.contains(&binary.as_str()) => {
                problems.push(format!(
                    "{TEMPLATE}: `{name}` builds `{binary}`, but there is no functions/{binary}"
                ));
            }
            Some(_) => {}
        }
    }
    for function in functions {
        if !deployed.iter().any(|(_, binary)| binary.as_deref() == Some(*function)) {
            problems.push(format!(
                "{TEMPLATE}: functions/{function} is not deployed (Metadata.BuildProperties.Binary)"
            ));
        }
    }
    problems
}

/// The functions of a template. Short tags such as `!Ref` are allowed anywhere.
fn parse(yaml: &str) -> Result<Vec<Deployed>> {
    let documents = Yaml::load_from_str(yaml).with_context(|| format!("{TEMPLATE} is not YAML"))?;
    let resources = documents
        .first()
        .and_then(|document| document.as_mapping_get("Resources"))
        .and_then(Yaml::as_mapping)
        .with_context(|| format!("{TEMPLATE} has no Resources"))?;
    let functions =
        resources.iter().filter(|(_, resource)| text_at(resource, &["Type"]) == Some(FUNCTION_TYPE));
    Ok(functions
        .map(|(name, resource)| {
            let binary = text_at(resource, &["Metadata", "BuildProperties", "Binary"]);
            (name.as_str().unwrap_or("?").to_owned(), binary.map(str::to_owned))
        })
        .collect())
}

fn text_at<'a>(node: &'a Yaml<'_>, path: &[&str]) -> Option<&'a str> {
    path.iter().try_fold(node, |node, key| node.as_mapping_get(key))?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: provided.al2023, Environment: {Variables: {TABLE: !Ref Table}}}}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties: {TableName: !Sub '${AWS::StackName}-tokens', Tags: !If [Kept, [], !Ref AWS::NoValue]}
  Sweep:
    Type: AWS::Serverless::Function
    Condition: !Not [Paused]
    Metadata: {BuildMethod: rust-cargolambda, BuildProperties: {Binary: sweep}}
    Properties:
      CodeUri: .
      Role: !GetAtt Role.Arn
";

    #[test]
    fn a_template_with_short_tags_that_deploys_every_function_is_fine() {
        let deployed = parse(GOOD).unwrap();
        assert_eq!(deployed, [("Sweep".to_owned(), Some("sweep".to_owned()))]);
        assert!(differences(&deployed, &["sweep"]).is_empty());
    }

    #[test]
    fn a_function_that_is_not_deployed_is_a_problem() {
        let problems = differences(&parse(GOOD).unwrap(), &["get-token", "sweep"]);
        assert_eq!(
            problems,
            ["template.yaml: functions/get-token is not deployed (Metadata.BuildProperties.Binary)"]
        );
    }

    #[test]
    fn a_resource_without_a_function_or_a_binary_is_a_problem() {
        let problems = differences(&parse(GOOD).unwrap(), &[]);
        assert_eq!(problems, ["template.yaml: `Sweep` builds `sweep`, but there is no functions/sweep"]);
        let problems = differences(&parse(&GOOD.replace("Binary: sweep", "Other: sweep")).unwrap(), &[]);
        assert_eq!(problems, ["template.yaml: `Sweep` has no Metadata.BuildProperties.Binary"]);
    }

    #[test]
    fn a_file_that_is_no_template_is_an_error() {
        for text in ["Resources: [", "", "Outputs: {}"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
