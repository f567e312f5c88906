//! The deployment template: it deploys every function, and nothing that isn't there.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use saphyr::{LoadableYamlNode, Yaml};

use super::Problems;
use super::functions::Function;

const TEMPLATE: &str = "template.yaml";
const FUNCTION_TYPE: &str = "AWS::Serverless::Function";

/// A function of the template, with the program that its build takes (`Metadata.BuildProperties.Binary`).
type Deployed = (String, Option<String>);

/// Where the template of this workspace and its functions differ.
pub(crate) fn check_file(root: &Path, functions: &[Function]) -> Result<Problems> {
    let path = root.join(TEMPLATE);
    if !path.exists() {
        return Ok(vec![format!("{TEMPLATE}: is missing")]);
    }
    Ok(check(&parse(&fs::read_to_string(path)?)?, functions))
}

fn check(deployed: &[Deployed], functions: &[Function]) -> Problems {
    let mut problems = Problems::new();
    for (name, binary) in deployed {
        match binary {
            None => problems.push(format!("{TEMPLATE}: `{name}` names no Metadata.BuildProperties.Binary")),
            Some(binary) if !functions.iter().any(|function| function.folder == *binary) => {
                problems.push(format!(
                    "{TEMPLATE}: `{name}` builds `{binary}`, but there is no functions/{binary}"
                ));
            }
            Some(_) => {}
        }
    }
    for Function { folder, .. } in functions {
        if !deployed.iter().any(|(_, binary)| binary.as_ref() == Some(folder)) {
            problems.push(format!(
                "{TEMPLATE}: functions/{folder} is not deployed (Metadata.BuildProperties.Binary)"
            ));
        }
    }
    problems
}

/// The functions of a template. Short tags such as `!Ref` are allowed anywhere.
fn parse(yaml: &str) -> Result<Vec<Deployed>> {
    let documents = Yaml::load_from_str(yaml).with_context(|| format!("{TEMPLATE} is no YAML"))?;
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

    fn function(folder: &str) -> Function {
        Function {
            folder: folder.to_owned(),
            package: Some(folder.to_owned()),
            binaries: vec![folder.to_owned()],
        }
    }

    #[test]
    fn a_template_with_short_tags_that_deploys_every_function_is_fine() {
        let deployed = parse(GOOD).unwrap();
        assert_eq!(deployed, [("Sweep".to_owned(), Some("sweep".to_owned()))]);
        assert!(check(&deployed, &[function("sweep")]).is_empty());
    }

    #[test]
    fn a_function_that_is_not_deployed_is_a_problem() {
        let problems = check(&parse(GOOD).unwrap(), &[function("get-token"), function("sweep")]);
        assert_eq!(
            problems,
            ["template.yaml: functions/get-token is not deployed (Metadata.BuildProperties.Binary)"]
        );
    }

    #[test]
    fn a_resource_without_a_folder_or_a_program_is_a_problem() {
        let problems = check(&parse(GOOD).unwrap(), &[]);
        assert_eq!(problems, ["template.yaml: `Sweep` builds `sweep`, but there is no functions/sweep"]);
        let problems = check(&parse(&GOOD.replace("Binary: sweep", "Other: sweep")).unwrap(), &[]);
        assert_eq!(problems, ["template.yaml: `Sweep` names no Metadata.BuildProperties.Binary"]);
    }

    #[test]
    fn a_missing_template_is_a_problem() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(check_file(root.path(), &[]).unwrap(), ["template.yaml: is missing"]);
    }

    #[test]
    fn what_is_no_template_is_an_error() {
        assert!(parse("Resources: [").is_err());
        assert!(parse("").is_err());
        assert!(parse("Outputs: {}").is_err());
    }
}
