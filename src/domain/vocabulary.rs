//! The words that a workspace's people know from the system they come from. The rules are the same (PRODUCT §2).

crate::text_enum! {
    /// Whose words the pages of a workspace use for states.
    pub enum Vocabulary ("vocabulary") {
        /// Our own.
        Signalbox = "signalbox",
        /// READY, NOT READY, LIVE.
        FlowRunner = "flowrunner",
        /// Draft, deployed, inactive.
        Patchworks = "patchworks",
        /// Blue, yellow, green.
        Slingr = "slingr",
        /// 设计 DESIGN, 运行 RUN, 停用 CLOSED.
        AwsPaas = "aws-paas",
        /// Draft, published.
        Persona = "persona",
    }
}

impl Vocabulary {
    /// The system's name and its words, for a list to pick from.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Signalbox => "Signalbox: draft, ready, live, inactive",
            Self::FlowRunner => "FlowRunner: ready, not ready, live",
            Self::Patchworks => "Patchworks: draft, deployed, inactive",
            Self::Slingr => "Slingr: blue, yellow, green",
            Self::AwsPaas => "AWS PaaS: 设计 design, 运行 run, 停用 closed",
            Self::Persona => "Persona: draft, published, active",
        }
    }

    /// What our words for a state are called here. What has no counterpart there keeps our words, because a wrong name
    /// would be worse than a foreign one.
    pub fn says(self, ours: &str) -> Option<&'static str> {
        let table: &[(&str, &'static str)] = match self {
            Self::Signalbox => &[],
            Self::FlowRunner => &[
                ("Draft", "READY, a draft"),
                ("Ready", "READY"),
                ("Not ready", "NOT READY"),
                ("Live", "LIVE"),
                ("Inactive", "READY, was LIVE"),
            ],
            Self::Patchworks => &[("Ready", "Not deployed"), ("Live", "Deployed"), ("Disabled", "Deployed, not enabled")],
            Self::Slingr => &[
                ("Never synced", "Blue: never synced"),
                ("Synced earlier", "Yellow: synced earlier"),
                ("Synced earlier, not current", "Yellow: synced earlier, not current"),
                ("Current production", "Green: current production"),
            ],
            Self::AwsPaas => &[("Draft", "设计 Design"), ("Live", "运行 Run"), ("Inactive", "停用 Closed")],
            Self::Persona => &[
                ("Ready", "Published"),
                ("Live", "Published, active"),
                ("Inactive", "Published, earlier"),
                ("Disabled", "Published, not active"),
            ],
        };
        table.iter().find(|(from, _)| *from == ours).map(|(_, to)| *to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_that_differ_are_called_differently_in_every_vocabulary() {
        let ours = ["Draft", "Ready", "Not ready", "Live", "Paused", "Disabled", "Stopped", "Inactive", "Archived"];
        for vocabulary in Vocabulary::ALL {
            let mut said: Vec<&str> = ours.iter().map(|ours| vocabulary.says(ours).unwrap_or(ours)).collect();
            said.sort_unstable();
            said.dedup();
            assert_eq!(said.len(), ours.len(), "{vocabulary}: {said:?}");
        }
        assert_eq!(Vocabulary::AwsPaas.says("Live"), Some("运行 Run"));
        assert_eq!(Vocabulary::Signalbox.says("Live"), None);
    }
}
