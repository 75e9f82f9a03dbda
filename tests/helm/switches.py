"""The chart's switches, each with its settings; the first setting is the default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SSH = {"existingSecret": "git"}
_DISTRIBUTED = {"mode": "distributed", "database": {"existingSecret": "postgres"}}
_EVERYTHING_EXTRA = {
    "extraEnv": [{"name": "SSL_CERT_FILE", "value": "/ca/ca.pem"}],
    "extraEnvFrom": [{"secretRef": {"name": "more-env"}}],
    "extraVolumes": [{"name": "ca", "configMap": {"name": "authorities"}}],
    "extraVolumeMounts": [{"name": "ca", "mountPath": "/ca", "readOnly": True}],
    "extraContainers": [{"name": "proxy", "image": "registry.example.com/proxy:1"}],
    "extraInitContainers": [{"name": "wait", "image": "registry.example.com/wait:1"}],
    "extraManifests": [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "{{ .Release.Name }}-map"}},
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-text",
    ],
}
_WHERE_PODS_RUN = {
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"key": "pager", "operator": "Exists"}],
    "affinity": {
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {
                    "weight": 1,
                    "podAffinityTerm": {"topologyKey": "zone", "labelSelector": {"matchLabels": {"a": "b"}}},
                }
            ]
        }
    },
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule"}
    ],
    "priorityClassName": "high",
    "runtimeClassName": "gvisor",
    "dnsPolicy": "None",
    "dnsConfig": {"nameservers": ["192.0.2.1"]},
    "hostAliases": [{"ip": "192.0.2.7", "hostnames": ["smtp.example.com"]}],
}
_SETTINGS = {
    "publicUrl": "https://pager.example.com",
    "trustedProxies": ["10.0.0.0/8", "fd00::/8"],
    "host": "::",
    "logLevel": "debug",
    "logFormat": "console",
    "webhookRetentionDays": 7,
    "incidentRetentionDays": 90,
    "maxBodyBytes": 1073741824,
    "deliveryThreads": 256,
    "timeZone": "Europe/Berlin",
    "peer": {"url": "https://other.example.com/api/heartbeats/pager", "existingSecret": "peer"},
    "emergencyContacts": {"existingSecret": "emergency"},
}
_SENDERS = {
    "alertmanager": None,
    "prometheus-eu": {
        "kind": "alertmanager",
        "existingSecret": "keys",
        "keys": ["new", "old"],
        "allowIps": ["10.0.0.0/8"],
    },
    "grafana": {"kind": "grafana", "hmacSecret": {"existingSecret": "hmac", "key": "hmac"}},
    "scripts": {"kind": "generic"},
}

SWITCHES: Mapping[str, Mapping[str, Any]] = {
    "shape": {
        "embedded": {},
        "embedded, nothing kept": {"persistence": {"enabled": False}},
        "embedded, on a claim": {"persistence": {"existingClaim": "old-data"}},
        "embedded, on a chosen volume": {
            "persistence": {
                "storageClass": "-",
                "size": "1Gi",
                "accessModes": ["ReadWriteOncePod"],
                "annotations": {"a": "b"},
            }
        },
        "distributed": {**_DISTRIBUTED, "replicaCount": 3},
        "distributed, with broker": {**_DISTRIBUTED, "broker": {"existingSecret": "redis"}},
    },
    "rules": {
        "none": {},
        "files": {"rules": {"files": {"rules.yml": "routes: []\n"}}},
        "map": {"rules": {"existingConfigMap": "rule-files"}},
        "git": {"rules": {"gitSync": {"enabled": True, "repository": "https://git.example.com/rules.git"}}},
        "git with token": {
            "rules": {
                "gitSync": {
                    "enabled": True,
                    "repository": "https://git.example.com/rules.git",
                    "path": "a/b",
                    "token": {"existingSecret": "git", "usernameKey": ""},
                }
            }
        },
        "git by ssh": {
            "rules": {
                "gitSync": {"enabled": True, "repository": "git@git.example.com:rules.git", "ssh": _SSH}
            }
        },
    },
    "roster": {
        "none": {},
        "files": {
            "roster": {
                "files": {"roster.yml": "groups: {}\n"},
                "contactSecrets": ["contacts", "more-contacts"],
            }
        },
        "map": {"roster": {"existingConfigMap": "roster-files"}},
        "contacts": {"roster": {"contactSecrets": ["contacts"]}},
    },
    "secrets": {"made": {}, "given": {"secretKey": {"existingSecret": "secret-key", "key": "it"}}},
    "admin": {
        "made": {},
        "given": {"admin": {"email": "ops@example.com", "existingSecret": "admin", "key": "it"}},
        "nobody": {"admin": {"email": ""}},
    },
    "senders": {
        "one": {},
        "none": {"integrations": {"alertmanager": None}},
        "several": {"integrations": _SENDERS},
    },
    "outside": {
        "nothing": {},
        "ingress": {
            "ingress": {
                "enabled": True,
                "className": "nginx",
                "tls": [{"secretName": "tls", "hosts": ["pager.example.com"]}],
            }
        },
        "route": {
            "route": {
                "main": {
                    "enabled": True,
                    "parentRefs": [{"name": "public"}],
                    "hostnames": ["pager.example.com"],
                }
            }
        },
        "redirect": {
            "route": {"main": {"enabled": True, "parentRefs": [{"name": "public"}], "httpsRedirect": True}}
        },
    },
    "service": {
        "plain": {},
        "open": {
            "service": {
                "type": "LoadBalancer",
                "port": 80,
                "ipFamilyPolicy": "PreferDualStack",
                "labels": {"a": "b"},
            }
        },
        "node": {"service": {"type": "NodePort", "nodePort": 30080, "annotations": {"a": "b"}}},
    },
    "policy": {
        "none": {},
        "open": {"networkPolicy": {"enabled": True}},
        "closed": {
            "networkPolicy": {
                "enabled": True,
                "from": [{"namespaceSelector": {}}],
                "extraIngress": [{"from": [{"podSelector": {}}]}],
                "egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}],
            }
        },
    },
    "eyes": {
        "none": {},
        "all": {
            "serviceMonitor": {"enabled": True, "interval": "15s", "scrapeTimeout": "5s"},
            "prometheusRule": {
                "enabled": True,
                "extraGroups": [{"name": "ours", "rules": [{"alert": "A", "expr": "vector(1)"}]}],
            },
            "dashboard": {"enabled": True},
        },
        "elsewhere": {
            "serviceMonitor": {
                "enabled": True,
                "namespace": "prometheus",
                "additionalLabels": {"release": "prometheus"},
                "relabelings": [{"action": "labeldrop", "regex": "pod"}],
                "metricRelabelings": [{"action": "drop", "sourceLabels": ["__name__"], "regex": "python_.*"}],
            },
            "prometheusRule": {
                "enabled": True,
                "namespace": "prometheus",
                "additionalLabels": {"release": "prometheus"},
            },
            "dashboard": {
                "enabled": True,
                "namespace": "grafana",
                "annotations": {"grafana_folder": "Pager"},
            },
        },
    },
    "scaling": {
        "fixed": {},
        "budget": {"podDisruptionBudget": {"enabled": True}},
        "auto": {
            "podDisruptionBudget": {"enabled": True, "minAvailable": "50%"},
            "autoscaling": {"enabled": True, "targetMemoryUtilizationPercentage": 80},
        },
    },
    "names": {
        "plain": {},
        "name": {"nameOverride": "pings", "commonLabels": {"team": "sre"}},
        "full": {"fullnameOverride": "a-full-name-that-is-far-longer-than-any-object-may-have-in-kubernetes"},
        "namespace": {"namespaceOverride": "paging"},
        "long release": {},
    },
    "account": {
        "made": {},
        "named": {"serviceAccount": {"name": "robot", "annotations": {"a": "b"}}},
        "none": {"serviceAccount": {"create": False}},
        "given": {"serviceAccount": {"create": False, "name": "robot"}},
    },
    "extras": {"none": {}, "all": _EVERYTHING_EXTRA},
    "placing": {"free": {}, "all": _WHERE_PODS_RUN},
    "config": {"plain": {}, "all": {"config": _SETTINGS}},
    "image": {
        "plain": {},
        "own": {
            "image": {
                "repository": "registry.example.com/pager",
                "tag": "1",
                "digest": f"sha256:{'0' * 64}",
                "pullPolicy": "Always",
            },
            "imagePullSecrets": [{"name": "registry"}],
        },
    },
    "pods": {
        "plain": {},
        "marked": {
            "podLabels": {"tier": "pager"},
            "podAnnotations": {"a": "b"},
            "podSecurityContext": {"runAsUser": 1000},
            "securityContext": {"privileged": False},
            "probes": {"liveness": {"periodSeconds": 20}, "startup": {"failureThreshold": 10}},
            "updateStrategy": {"rollingUpdate": {"maxSurge": "50%"}},
            "resources": {"requests": {"ephemeral-storage": "1Gi"}},
            "revisionHistoryLimit": 0,
            "terminationGracePeriodSeconds": 120,
            "preStopSeconds": 0,
        },
    },
    "jobs": {
        "all": {},
        "own": {"migration": {"serviceAccountName": "migrator", "annotations": {"a": "b"}}},
        "none": {"migration": {"enabled": False}, "tests": {"enabled": False}},
    },
    "operators": {"all": {}, "none": {}},
}
