"""Projects, deployments and domains as Cloudflare's API shows them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulator.core.clock import iso
from emulator.pages.models import Deployment, Domain, Project, Stage
from emulator.pages.store import alias_of

STAGES = ("queued", "initialize", "clone_repo", "build", "deploy")
SECRET = "secret_text"

Shape = dict[str, Any]
# Where the edge answers for what stands before pages.dev.
Url = Callable[[str], str]


def project_shape(
    project: Project,
    live: Deployment | None,
    newest: Deployment | None,
    domains: Sequence[Domain],
    url: Url,
) -> Shape:
    def shown(deployment: Deployment | None) -> Shape | None:
        return None if deployment is None else deployment_shape(project, deployment, url)

    return {
        "id": project.id,
        "name": project.name,
        "subdomain": url(project.subdomain).partition("://")[2],
        "domains": [url(project.subdomain).partition("://")[2], *(one.name for one in domains)],
        "source": None,
        "build_config": {
            "build_command": None,
            "destination_dir": None,
            "root_dir": None,
            "build_caching": None,
            "web_analytics_tag": None,
            "web_analytics_token": None,
            **project.build_config,
        },
        "deployment_configs": {
            stage: config_shape(config) for stage, config in project.configs.items()
        },
        "latest_deployment": shown(newest),
        "canonical_deployment": shown(live),
        "created_on": iso(project.created_at),
        "production_branch": project.production_branch,
        "production_script_name": f"pages-worker--{project.id[:8]}-production",
        "preview_script_name": f"pages-worker--{project.id[:8]}-preview",
        "uses_functions": newest is not None and newest.function is not None,
        "framework": "",
        "framework_version": "",
    }


def config_shape(config: Mapping[str, Any]) -> Shape:
    defaults: Shape = {
        "env_vars": None,
        "fail_open": True,
        "always_use_latest_compatibility_date": False,
        "build_image_major_version": 3,
        "compatibility_date": "2021-11-02",
        "compatibility_flags": [],
        "usage_model": "standard",
    }
    return defaults | dict(config) | {"env_vars": variables_shape(config.get("env_vars"))}


def variables_shape(given: Any) -> Shape | None:
    """Never what a secret holds."""
    if not given:
        return None
    return {
        name: {"type": SECRET, "value": ""} if one.get("type") == SECRET else one
        for name, one in given.items()
        if isinstance(one, Mapping)
    }


def deployment_shape(project: Project, deployment: Deployment, url: Url) -> Shape:
    at = iso(deployment.created_at)
    stages = [
        {"name": name, "started_on": at, "ended_on": at, "status": "success"} for name in STAGES
    ]
    return {
        "id": deployment.id,
        "short_id": deployment.short_id,
        "project_id": project.id,
        "project_name": project.name,
        "environment": deployment.stage.value,
        "url": url(f"{deployment.short_id}.{project.subdomain}"),
        "created_on": at,
        "modified_on": at,
        "latest_stage": stages[-1],
        "deployment_trigger": {
            "type": "ad_hoc",
            "metadata": {
                "branch": deployment.branch,
                "commit_hash": deployment.commit.hash,
                "commit_message": deployment.commit.message,
                "commit_dirty": deployment.commit.dirty,
            },
        },
        "stages": stages,
        "build_config": {"build_command": None, "destination_dir": None, "root_dir": None},
        "source": None,
        "env_vars": variables_shape(deployment.env_vars) or {},
        "compatibility_date": deployment.function.compatibility_date
        if deployment.function
        else "2021-11-02",
        "aliases": aliases(project, deployment, url),
        "is_skipped": False,
        "production_branch": project.production_branch,
        "uses_functions": deployment.function is not None,
    }


def aliases(project: Project, deployment: Deployment, url: Url) -> list[str] | None:
    """A preview has its branch's; production has none."""
    alias = alias_of(deployment.branch)
    if deployment.stage is Stage.PRODUCTION or not alias:
        return None
    return [url(f"{alias}.{project.subdomain}")]


def domain_shape(domain: Domain) -> Shape:
    """There is no DNS here: every name is at once the account's."""
    return {
        "id": domain.id,
        "domain_id": domain.id,
        "name": domain.name,
        "status": "active",
        "certificate_authority": "google",
        "validation_data": {"method": "http", "status": "active"},
        "verification_data": {"status": "active"},
        "zone_tag": "",
        "created_on": iso(domain.created_at),
    }
