/**
 * The rules that hold where `VV_TG_FEEDBACK_RULES_PATH` names no file, as the text of such a file, so that
 * `vectorvue-gateway rules show > rules.yaml` is a start for one's own.
 */
export const DEFAULT_RULES_YAML = `# Feedback rules (PROTOCOL.md section 8).
# graph: tried in order when an execution graph arrives; the first that matches decides.
# finding: each that matches an open finding holds for its target, and is issued again while it is open.
# action: observe | tighten | deny. confidence: 0 to 1. ttl_seconds: 60 to 86400.
version: 1

graph:
  - id: graph-large
    when: { min_nodes: 8 }
    adjust:
      action: tighten
      confidence: 0.82
      ttl_seconds: 1800
      control: execution
      rationale: The execution graph has 8 or more nodes.
  - id: graph-any
    when: { min_nodes: 0 }
    adjust:
      action: observe
      confidence: 0.55
      ttl_seconds: 1800
      control: execution
      rationale: The execution graph is small.

finding:
  - id: finding-critical-open
    when: { severity: [critical] }
    adjust:
      action: deny
      confidence: 1.0
      ttl_seconds: 1800
      control: execution
      rationale: A critical finding on this target is open.
`;
