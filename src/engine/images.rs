//! Images: building those that have sources, pulling those that are missing. Nothing that runs is touched.

use super::EngineError;
use super::plan::Observed;
use super::progress::{count, list, phase};
use super::project::Project;
use super::stackctl_image;
use crate::artifact::STACKCTL_IMAGE_VARIABLE;
use crate::event::Event;
use crate::runtime::compose::Config;

/// What has to be got before containers can be made.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Images {
    /// Services whose images are built; without changes that takes a moment and gives the same image.
    pub build: Vec<String>,
    /// Services whose images are pulled.
    pub pull: Vec<String>,
}

impl Images {
    /// Decides for these services.
    pub fn plan(project: &str, config: &Config, observed: &Observed, services: &[&str], build: bool) -> Self {
        let mut images = Self::default();
        for &service in services {
            let is_built = config.services[service].build.is_some();
            let is_there = observed.images.contains_key(&config.image(project, service));
            if is_built && (build || !is_there) {
                images.build.push(service.to_owned());
            } else if !is_built && !is_there {
                images.pull.push(service.to_owned());
            }
        }
        images
    }

    /// Whether there is nothing to get.
    pub fn is_empty(&self) -> bool {
        self.build.is_empty() && self.pull.is_empty()
    }

    /// Gets them. Gives back what is there then.
    pub fn get(
        &self,
        project: &Project<'_>,
        config: &Config,
        before: &Observed,
    ) -> Result<Observed, EngineError> {
        let compose = || project.compose.command();
        if !self.pull.is_empty() {
            let cmd = compose().arg("pull").args(&self.pull);
            phase(
                project.observer(),
                &format!("pulling the image of {}", list(&self.pull)),
                || {
                    project.runner().run(&cmd)?;
                    Ok(((), format!("pulled {}", count(self.pull.len(), "image"))))
                },
            )?;
        }
        if self.build.is_empty() {
            return project.observe(config);
        }
        let stackctl = stackctl_image::provide(project, &self.build)?;
        let mut cmd = compose().arg("build").args(&self.build).progress();
        if let Some(image) = &stackctl {
            cmd = cmd.env(STACKCTL_IMAGE_VARIABLE, image);
        }
        phase(
            project.observer(),
            &format!("building the image of {}", list(&self.build)),
            || {
                project.runner().run_with(&cmd, &mut |line| tell(project, line))?;
                if let Some(image) = &stackctl {
                    stackctl_image::prune(project, image)?;
                }
                let observed = project.observe(config)?;
                let is_new = |service: &&String| {
                    let name = config.image(project.name(), service);
                    observed.images.get(&name) != before.images.get(&name)
                };
                let done = match self.build.iter().filter(is_new).count() {
                    0 => format!("{} up to date", count(self.build.len(), "image")),
                    new => format!("built {}", count(new, "image")),
                };
                Ok((observed, done))
            },
        )
    }
}

/// Shows the step that the builder is at: `#12 [api build 3/6] RUN pip install …`.
fn tell(project: &Project<'_>, line: &str) {
    let Some((head, command)) = line.split_once("] ") else {
        return;
    };
    let Some((_, target)) = head.split_once(" [") else {
        return;
    };
    let mut words = target.split_whitespace();
    let service = words.next().unwrap_or_default();
    let step = words.next_back().unwrap_or_default();
    if !step.contains('/') {
        return;
    }
    let state = format!("{step} {}", command.chars().take(60).collect::<String>());
    project.observer().on(Event::Progress {
        subject: service,
        state: &state,
        finished: false,
    });
}
