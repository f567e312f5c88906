//! The template as SAM translates it, and each function's part of it.

use std::collections::BTreeMap;
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{Read as _, Seek as _, Write as _};
use std::sync::OnceLock;

use serde_json::Value;

use super::policy::Statement;
use super::resolve::Resolver;
use super::{read, root, script};

/// The template as SAM translates it. That takes a second, so all tests share the result, each of them a process of its own:
/// in a file that begins with the hash of what it was made from.
pub(crate) fn translated() -> &'static Value {
    static TRANSLATED: OnceLock<Value> = OnceLock::new();
    TRANSLATED.get_or_init(|| {
        let mut hasher = DefaultHasher::new();
        for source in ["template.yaml", "infra/deployment/translate.py", "infra/deployment/requirements.txt"]
        {
            read(source).hash(&mut hasher);
        }
        let header = format!("{:x}\n", hasher.finish());
        let folder = root().join("target/deployment");
        std::fs::create_dir_all(&folder).unwrap();
        let options = File::options().read(true).write(true).create(true).truncate(false).to_owned();
        let mut file = options.open(folder.join("translated.json")).unwrap();
        // The first process translates while the others wait.
        file.lock().unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        let cached = text.strip_prefix(&header).and_then(|json| serde_json::from_str(json).ok());
        cached.unwrap_or_else(|| {
            let translated = script("infra/deployment/translate.py", &["template.yaml"], &[]);
            file.set_len(0).and_then(|()| file.rewind()).unwrap();
            write!(file, "{header}{translated}").unwrap();
            translated
        })
    })
}

pub(crate) fn resources(kind: &str) -> BTreeMap<&'static str, &'static Value> {
    let all = translated()["Resources"].as_object().unwrap();
    let found = all.iter().filter(|(_, resource)| resource["Type"] == kind);
    found.map(|(name, resource)| (name.as_str(), &resource["Properties"])).collect()
}

#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) binary: String,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) memory: u64,
    pub(crate) role: Role,
}

/// What a function may do: what both its role and the boundary allow.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) allowed: Vec<Statement>,
    pub(crate) boundary: Vec<Statement>,
    pub(crate) aws_managed: Vec<String>,
}

/// A deployment with these parameters and these physical ids of resources.
pub(crate) fn deployment(
    parameters: &[(&str, &str)],
    physical: BTreeMap<String, String>,
) -> Resolver<'static> {
    let template = translated();
    let declared = template["Parameters"].as_object().unwrap();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut values: BTreeMap<_, _> = declared
        .iter()
        .filter_map(|(name, declared)| Some((name.clone(), text(declared.get("Default")?))))
        .collect();
    values.insert("MailSender".to_owned(), "keyturn@example.com".to_owned());
    for (name, value) in parameters {
        assert!(declared.contains_key(*name), "the template has no parameter {name}");
        values.insert((*name).to_owned(), (*value).to_owned());
    }
    Resolver { template, parameters: values, physical }
}

pub(crate) fn functions(resolver: &Resolver<'_>) -> BTreeMap<String, Function> {
    let functions = resources("AWS::Lambda::Function").into_iter().map(|(name, properties)| {
        let metadata = &resolver.template["Resources"][name]["Metadata"];
        let binary = metadata["BuildProperties"]["Binary"].as_str().unwrap().to_owned();
        let variables = properties["Environment"]["Variables"].as_object().unwrap();
        // A variable without a value is none.
        let set = variables.iter().filter(|(_, value)| resolver.value(value).is_some());
        let environment = set.map(|(name, value)| (name.clone(), resolver.text(value)));
        let role = properties["Role"]["Fn::GetAtt"][0].as_str().unwrap();
        let function = Function {
            name: name.to_owned(),
            environment: environment.collect(),
            memory: properties["MemorySize"].as_u64().unwrap(),
            role: self::role(resolver, role),
            binary: binary.clone(),
        };
        (binary, function)
    });
    functions.collect()
}

fn role(resolver: &Resolver<'_>, name: &str) -> Role {
    let properties = &resolver.template["Resources"][name]["Properties"];
    let mut allowed = Vec::new();
    for policy in properties["Policies"].as_array().into_iter().flatten() {
        allowed.extend(statements(resolver, &policy["PolicyDocument"]));
    }
    let mut aws_managed = Vec::new();
    for policy in properties["ManagedPolicyArns"].as_array().into_iter().flatten() {
        match policy["Ref"].as_str() {
            Some(own) => allowed.extend(managed(resolver, own)),
            None => aws_managed.push(policy.as_str().unwrap().to_owned()),
        }
    }
    let boundary = properties["PermissionsBoundary"]["Ref"].as_str();
    let boundary = boundary.unwrap_or_else(|| panic!("{name} has no boundary"));
    Role { allowed, boundary: managed(resolver, boundary), aws_managed }
}

fn managed(resolver: &Resolver<'_>, policy: &str) -> Vec<Statement> {
    let resource = &resolver.template["Resources"][policy];
    assert_eq!(resource["Type"], "AWS::IAM::ManagedPolicy", "{policy}");
    statements(resolver, &resource["Properties"]["PolicyDocument"])
}

fn statements(resolver: &Resolver<'_>, document: &Value) -> Vec<Statement> {
    let document = resolver.value(document).unwrap();
    document["Statement"].as_array().unwrap().iter().map(Statement::parse).collect()
}
