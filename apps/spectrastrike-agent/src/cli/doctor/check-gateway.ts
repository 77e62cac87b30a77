import { X509Certificate } from 'node:crypto';
import { pinOf } from '@nyxera/federation-certificates';
import { DEFAULT_SKEW_SECONDS } from '@nyxera/federation-protocol';
import { isPinned } from '../../config/server-pin.ts';
import type { FeedbackConfig } from '../../config.ts';
import { type Check, fail, ok, validity, warn } from './check.ts';
import { type GatewayProbe, probeGateway } from './probe-gateway.ts';

/** Beyond this a clock is worth a look although requests still pass; seconds. */
const SKEW_WARNING_SECONDS = 5;

/** Reachability, chain, name, pin, TLS version and clock, from one connection that sends no event. */
export async function checkGateway(config: FeedbackConfig, now: () => number): Promise<readonly Check[]> {
  const probe = await probeGateway(config);
  if (probe.kind === 'unreachable') {
    return [
      fail(
        'gateway',
        `${config.gatewayUrl} cannot be reached (${probe.reason})`,
        'is it running, and does a firewall or a wrong address stand between? Events stay spooled meanwhile',
      ),
    ];
  }
  const certificate = new X509Certificate(probe.certificate);
  return [
    ok('gateway', `${config.gatewayUrl} answers over ${probe.protocol}`),
    chain(probe),
    pin(config, certificate, now()),
    validity(
      'server certificate validity',
      Date.parse(certificate.validFrom),
      Date.parse(certificate.validTo),
      now(),
    ),
    answer(probe),
    clock(probe),
  ];
}

function chain(probe: GatewayProbe): Check {
  return probe.authorizationError === null
    ? ok('server chain and name', 'verified')
    : fail(
        'server chain and name',
        probe.authorizationError,
        'the CA file or the host name is not the gateway’s, or somebody else answers there',
      );
}

function pin(config: FeedbackConfig, certificate: X509Certificate, nowMs: number): Check {
  const sha256 = pinOf(certificate);
  if (config.tls.serverPins.length === 0)
    return warn('server pin match', `not pinned; it is ${sha256}`, 'pin it');
  return isPinned(config.tls.serverPins, sha256, nowMs)
    ? ok('server pin match', sha256)
    : fail(
        'server pin match',
        `the certificate is ${sha256}, which is not pinned`,
        'ask the gateway’s operator over another channel whether the certificate was changed, then add the pin',
      );
}

/** A 404 to a path that does not exist is what a healthy gateway answers; a refused certificate ends before that. */
function answer(probe: GatewayProbe): Check {
  if (probe.status === null) {
    return fail(
      'client certificate accepted',
      probe.answerError ?? 'no answer',
      'the gateway does not know the CA of the client certificate, or something between is no gateway',
    );
  }
  if (probe.status >= 300 && probe.status < 400) {
    return fail(
      'client certificate accepted',
      `a redirect (${probe.status})`,
      'name the gateway itself; nothing follows redirects',
    );
  }
  return ok('client certificate accepted', `the gateway answers (${probe.status})`);
}

function clock(probe: GatewayProbe): Check {
  if (probe.skewSeconds === null)
    return warn('clock', 'the gateway sent no date', 'compare the clocks by hand');
  const skew = Math.round(probe.skewSeconds);
  const found =
    skew === 0
      ? 'in step with the gateway'
      : `${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} the gateway`;
  if (Math.abs(skew) > DEFAULT_SKEW_SECONDS) {
    return fail('clock', found, 'set the clock (NTP): requests are refused as timestamp_out_of_window');
  }
  return Math.abs(skew) > SKEW_WARNING_SECONDS
    ? warn('clock', found, 'let NTP set the clock')
    : ok('clock', found);
}
