# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx makes the documentation site of what antsibull-docs has written."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

project = "chatapp.cams"
project_copyright = "2026, chatapp.cams contributors"
html_title = html_short_title = title = "chatapp.cams"
extensions = ["sphinx_antsibull_ext"]
pygments_style = "ansible"
highlight_language = "YAML+Jinja"
html_theme = "sphinx_ansible_theme"
html_theme_options = {"show_rtd_ethical_ads": False, "topbar_links": {}}
html_show_sphinx = False
html_copy_source = False
html_use_index = False
default_role = "any"
# A reference that does not resolve is a warning, and a warning fails the build.
nitpicky = True

# Pages of Ansible's own site that antsibull-docs refers to. They are linked to and not looked at: the build is offline.
ANSIBLE = "https://docs.ansible.com/ansible/latest/"
ANSIBLE_PAGES = {
    "action_plugins": "plugins/action.html",
    "callback_plugins": "plugins/callback.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
    "developing_collections": "dev_guide/developing_collections.html",
}
ANSIBLE_PLUGIN = re.compile(r"ansible_collections\.(ansible|community|awx)\.(\w+)\.(\w+_[a-z]+)")


def link_to_ansible(
    _app: Sphinx, _env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.reference | None:
    """Where a reference leads that leaves this site."""
    target = node["reftarget"]
    page = ANSIBLE_PAGES.get(target)
    if plugin := ANSIBLE_PLUGIN.match(target):
        page = "collections/{}/{}/{}.html".format(*plugin.groups())
    elif node["reftype"] == "envvar" and target.startswith("ANSIBLE_"):
        page = f"{ANSIBLE_PAGES['ansible_configuration_settings']}#envvar-{target}"
    return nodes.reference("", "", content, internal=False, refuri=ANSIBLE + page) if page else None


def lead_home(
    _app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: nodes.document | None
) -> None:
    """The theme's own link to the front page leads to the root of the server, which is somewhere else."""
    context["theme_documentation_home_url"] = context["pathto"]("index")


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", lead_home)
    app.connect("missing-reference", link_to_ansible)
