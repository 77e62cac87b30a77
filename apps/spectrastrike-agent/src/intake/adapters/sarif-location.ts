import { isJsonObject, type JsonObject, type JsonValue } from '@nyxera/federation-protocol';
import { type Asset, fileAsset, UNKNOWN_ASSET } from '../asset.ts';
import { array, member, number, object, present, text } from '../json/members.ts';

/** Locations kept of one result; a duplicated-code rule can have hundreds. */
const MAX_LOCATIONS = 16;

/** The file of the first location; else the logical name; else the repository; else nothing is known. */
export function assetOf(run: JsonObject, result: JsonObject): Asset {
  const locations = array(result, 'locations').filter(isJsonObject);
  for (const location of locations) {
    const uri = uriOf(run, location);
    if (uri !== undefined) {
      return fileAsset(uri);
    }
  }
  for (const location of locations) {
    const name = logicalName(location);
    if (name !== undefined) {
      return { assetRef: name, targetUrn: `urn:target:code:${name}` };
    }
  }
  const repository = array(run, 'versionControlProvenance').find(isJsonObject);
  const uri = isJsonObject(repository) ? text(repository, 'repositoryUri') : undefined;
  return uri === undefined ? UNKNOWN_ASSET : { assetRef: uri, targetUrn: `urn:target:repository:${uri}` };
}

export function locationDetails(
  run: JsonObject,
  result: JsonObject,
): { readonly [name: string]: JsonValue | undefined } {
  const locations = array(result, 'locations').filter(isJsonObject);
  return {
    locations:
      locations.length === 0
        ? undefined
        : locations.slice(0, MAX_LOCATIONS).map((place) => describe(run, place)),
    location_count: locations.length > MAX_LOCATIONS ? locations.length : undefined,
    code_flow_count: array(result, 'codeFlows').length || undefined,
  };
}

function describe(run: JsonObject, location: JsonObject): JsonObject {
  const physical = object(location, 'physicalLocation');
  const region = object(physical, 'region');
  return present({
    uri: uriOf(run, location),
    uri_base_id: text(object(physical, 'artifactLocation'), 'uriBaseId'),
    start_line: member(region, 'startLine'),
    start_column: member(region, 'startColumn'),
    end_line: member(region, 'endLine'),
    end_column: member(region, 'endColumn'),
    snippet: text(object(region, 'snippet'), 'text'),
    logical_name: logicalName(location),
  });
}

/** The uri itself, or that of the run's artifact which the location points to (SARIF section 3.4.5). */
function uriOf(run: JsonObject, location: JsonObject): string | undefined {
  const artifact = object(object(location, 'physicalLocation'), 'artifactLocation');
  const own = text(artifact, 'uri');
  const index = number(artifact, 'index');
  if (own !== undefined || index === undefined) {
    return own;
  }
  const listed = array(run, 'artifacts')[index];
  return isJsonObject(listed) ? text(object(listed, 'location'), 'uri') : undefined;
}

function logicalName(location: JsonObject): string | undefined {
  const logical = array(location, 'logicalLocations').find(isJsonObject);
  return isJsonObject(logical) ? text(logical, 'fullyQualifiedName', 'name') : undefined;
}
