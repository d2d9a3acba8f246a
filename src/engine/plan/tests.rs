use super::*;

fn config() -> Config {
    let text = r#"{"services":{
        "postgres":{"image":"pg"},
        "mig":{"image":"app","depends_on":{"postgres":{}}},
        "api":{"image":"app","depends_on":{"mig":{}},"ports":[{"published":"80"}]},
        "bot":{"image":"app","depends_on":{"postgres":{}}},
        "web":{"image":"web"}}}"#;
    let mut config: Config = serde_json::from_str(text).unwrap();
    for service in config.services.values_mut() {
        service.hash = "new".to_owned();
    }
    config
}

fn container(service: &str, state: &str, hash: &str) -> Container {
    named(&format!("p-{service}-1"), service, state, hash)
}

fn named(name: &str, service: &str, state: &str, hash: &str) -> Container {
    let (status, code) = state.split_once(' ').unwrap_or((state, "0"));
    serde_json::from_value(serde_json::json!({
        "Id": format!("{name:0<64}"), "Name": format!("/{name}"), "Image": "sha256:1",
        "State": { "Status": status, "ExitCode": code.parse::<i32>().unwrap() },
        "HostConfig": { "PortBindings": { "80/tcp": [{ "HostIp": "", "HostPort": "80" }] } },
        "Config": { "Image": "x", "Labels": { label::SERVICE: service, label::CONFIG_HASH: hash } },
    }))
    .unwrap()
}

fn plan(selection: &[&'static str], containers: Vec<Container>) -> Plan {
    let config = config();
    let asked = Asked {
        project: "p",
        config: &config,
        one_shots: BTreeSet::from(["mig"]),
        selection: selection.to_vec(),
    };
    let observed = Observed {
        containers,
        images: BTreeMap::from([("web".to_owned(), "sha256:1".to_owned())]),
        changed_files: BTreeMap::new(),
    };
    Plan::new(&asked, &observed)
}

fn told(plan: &Plan) -> Vec<String> {
    plan.services.iter().map(ToString::to_string).collect()
}

fn commands(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|step| step.services.join(" ")).collect()
}

fn running() -> Vec<Container> {
    vec![
        container("api", "running", "new"),
        container("bot", "running", "new"),
        container("mig", "exited", "new"),
        container("postgres", "running", "new"),
        container("web", "running", "new"),
    ]
}

#[test]
fn an_empty_host_gets_everything_by_rank() {
    let plan = plan(&[], Vec::new());
    assert_eq!(commands(&plan), ["postgres web", "bot mig", "api"]);
}

#[test]
fn a_running_stack_is_left_alone() {
    let plan = plan(&[], running());
    assert!(plan.is_empty());
    assert_eq!(told(&plan)[3], "keep mig: it ran to its end");
}

#[test]
fn changed_services_are_replaced_one_at_a_time() {
    let mut containers = running();
    containers[1] = container("bot", "running", "old");
    containers[2] = container("mig", "exited", "old");
    containers[4] = container("web", "exited 3", "new");
    let plan = plan(&[], containers);
    assert_eq!(commands(&plan), ["web", "bot", "mig"]);
    assert!(plan.steps[1].is_forced && !plan.steps[0].is_forced);
    assert_eq!(told(&plan)[1], "start web: it ended with code 3");
}

#[test]
fn a_new_image_recreates_its_container() {
    let mut containers = running();
    containers[4].image_id = "sha256:0".to_owned();
    let plan = plan(&[], containers);
    assert_eq!(commands(&plan), ["web"]);
}

#[test]
fn a_failed_one_shot_runs_again() {
    let mut containers = running();
    containers[2] = container("mig", "exited 1", "new");
    assert_eq!(commands(&plan(&[], containers)), ["mig"]);
}

#[test]
fn a_selection_brings_what_it_depends_on_and_removes_nothing() {
    let gone = container("gone", "running", "old");
    let plan = plan(&["bot"], vec![gone]);
    assert_eq!(commands(&plan), ["postgres", "bot"]);
    assert!(plan.orphans.is_empty());
}

#[test]
fn an_orphan_with_a_needed_port_is_in_the_way() {
    let mut containers = running();
    containers.remove(0);
    containers.push(container("gone", "running", "old"));
    let plan = plan(&[], containers);
    assert_eq!(plan.orphans.len(), 1);
    assert!(plan.orphans[0].is_in_the_way);
}

#[test]
fn half_made_containers_of_a_killed_compose_are_leftovers() {
    let mut containers = running();
    containers[0] = named("0a1b2c3d4e5f_p-api-1", "api", "created", "new");
    let plan = plan(&[], containers);
    assert_eq!(plan.leftovers.len(), 1);
    assert_eq!(commands(&plan), ["api"]);
    assert_eq!(told(&plan)[4], "create api");
}
