"""Alerting rules from the texts of files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from rules.coverage.alerting import AlertingRule
from rules.coverage.grafana import Provisioned, is_provisioning, read_provisioning
from rules.coverage.manifests import parse_manifests
from rules.coverage.prometheus import Configuration, read_configuration, read_rules
from rules.coverage.relabeling import Delivery
from rules.document import DocumentError, Node, printed
from rules.findings import Finding
from rules.loading.faults import Faults
from rules.places import Place

_OF_PROMETHEUS = re.compile(r"\b(alert|alerting|rule_files|scrape_configs|external_labels)[\"']?\s*:")
_OF_GRAFANA = re.compile(r"\bapiVersion\b")


@dataclass(slots=True)
class Gathered:
    """What the files say.

    Parameters:
      rules: Prometheus' alerting rules, as they leave it once `sent` was called, and Grafana's.
      configurations: the prometheus.yml files among them, by file.
      files: how many files were read.
    """

    rules: list[AlertingRule] = field(default_factory=list)
    configurations: dict[str, Configuration] = field(default_factory=dict)
    provisioned: Provisioned = field(default_factory=Provisioned)
    findings: list[Finding] = field(default_factory=list)
    files: int = 0

    def add_prometheus(self, file: str, text: str) -> None:
        """Read a rule file, a file of Kubernetes objects, or a prometheus.yml."""
        faults = Faults(self.findings)
        for document in self._documents(file, text, _OF_PROMETHEUS):
            configuration = read_configuration(document, faults)
            if configuration is not None:
                self.configurations[file] = configuration
            elif not is_provisioning(document):
                self.rules += read_rules(document, faults)

    def add_grafana(self, file: str, text: str) -> None:
        """Read one of Grafana's provisioning files."""
        for document in self._documents(file, text, _OF_GRAFANA):
            if is_provisioning(document):
                read_provisioning(document, self.provisioned, Faults(self.findings))

    def _documents(self, file: str, text: str, wanted: re.Pattern[str]) -> Sequence[Node]:
        self.files += 1
        if not wanted.search(text):
            return ()
        try:
            return list(parse_manifests(text, file))
        except DocumentError as error:
            hint = " Render a template first (helm template)." if "{{" in text else ""
            Faults(self.findings).error("bad-yaml", error.place, error.message + hint)
            return ()

    def note_unreadable(self, file: str, why: str) -> None:
        """Note a file that could not be read."""
        Faults(self.findings).error("unreadable", Place(file, 1), f"cannot be read: {why}.")

    def note_missing(self, pattern: str, place: Place) -> None:
        """Note rule files that a prometheus.yml names, and of which none is read."""
        Faults(self.findings).warning(
            "unread-rule-files",
            place,
            f"no file is read for rule_files {printed(pattern)}: none is here, or only outside of "
            "this file's directory. Name the files with --prometheus as well.",
        )

    def sent(self, external: Mapping[str, str]) -> tuple[AlertingRule, ...]:
        """Return all rules, those of Prometheus with what it does to labels before it sends an alert.

        Parameters:
          external: external labels that are given beside those of a prometheus.yml.
        """
        faults = Faults(self.findings)
        deliveries = [each.delivery for each in self.configurations.values()]
        for file in list(self.configurations)[1:]:
            faults.error(
                "bad-value",
                Place(file, 1),
                f"is a second prometheus.yml, after {next(iter(self.configurations))}: their labels "
                "differ, so cover one at a time.",
            )
        delivery = deliveries[0] if deliveries else Delivery()
        for relabeling in delivery.relabelings:
            if relabeling.may_drop:
                faults.info(
                    "relabeling-drops",
                    relabeling.place,
                    f"alert_relabel_configs drop some alerts here ({relabeling.action}), which never come: "
                    "what is said of their rules holds for those that are kept.",
                )
        delivery = replace(delivery, external={**delivery.external, **external})
        sent = [
            replace(rule, ways=tuple(replace(way, known=delivery.applied(way.known)) for way in rule.ways))
            for rule in self.rules
        ]
        return (*sent, *self.provisioned.rules)
