import { pinOf } from '@nyxera/federation-certificates';
import type { ListenAddress } from '../../config/gateway-config.ts';
import { readAdminListen, readFederationListen } from '../../config/listen-address.ts';
import { readProxyProtocolFrom } from '../../config/proxy-settings.ts';
import { Settings, type Variables } from '../../config/settings.ts';
import { askReadiness } from './ask-readiness.ts';
import { certificatesIn } from './check-certificate.ts';
import { type Check, faulty, ok, skipped, warning } from './doctor-command.ts';
import { type ListenerProbe, probeListener } from './probe-listener.ts';

const FEDERATION = 'federation listener';
const ADMINISTRATION = 'administration listener';

/** Whether the gateway of these settings is up, presents the certificate of the file, and says that it is ready. */
export async function checkListeners(variables: Variables): Promise<readonly Check[]> {
  const settings = new Settings(variables);
  const listen = readFederationListen(settings);
  const adminListen = readAdminListen(settings);
  const from = readProxyProtocolFrom(settings);
  // Of a faulty setting the check of the configuration speaks.
  if (settings.faults.length > 0) return [skipped(FEDERATION, 'the configuration does not say where it is')];
  const probe = listen.port === 0 ? null : await probeListener(listen, from);
  const [certificate] = certificatesIn(variables.VV_SERVICE_IDENTITY_CERT_PATH);
  const pin = certificate === undefined ? null : pinOf(certificate);
  return [
    federationCheck(nameOf(listen), probe, pin),
    await administrationCheck(
      adminListen,
      settings.text('VV_TG_CONSOLE_CERT_PATH') !== null,
      probe?.kind === 'presented',
    ),
  ];
}

function federationCheck(place: string, probe: ListenerProbe | null, filePin: string | null): Check {
  if (probe === null) return skipped(FEDERATION, `${place}: the system chooses the port`);
  switch (probe.kind) {
    case 'absent':
      return skipped(FEDERATION, `nothing listens on ${place}: no gateway runs there`);
    case 'failed':
      return faulty(
        FEDERATION,
        `${place} does not finish a handshake (${probe.reason})`,
        'look at the log of the gateway; if none of ours runs there, find out which program has the port',
      );
    case 'presented': {
      const pin = pinOf(probe.certificate);
      if (pin === filePin)
        return ok(FEDERATION, `${place} presents the certificate of the file, ${probe.protocol}`);
      return faulty(
        FEDERATION,
        `${place} presents the certificate ${pin}, the file has ${filePin ?? 'none'}`,
        'SIGHUP makes the gateway read its files again, and its log (tls.reload) says what it refuses; or it runs with other settings',
      );
    }
  }
}

async function administrationCheck(
  address: ListenAddress,
  isTls: boolean,
  isServing: boolean,
): Promise<Check> {
  const place = nameOf(address);
  if (address.port === 0) return skipped(ADMINISTRATION, `${place}: the system chooses the port`);
  const answer = await askReadiness(address, isTls);
  switch (answer.kind) {
    case 'absent':
      return isServing
        ? warning(
            ADMINISTRATION,
            `nothing listens on ${place}, but a gateway serves`,
            'give doctor the VV_TG_ADMIN_LISTEN of the gateway that runs',
          )
        : skipped(ADMINISTRATION, `nothing listens on ${place}: no gateway runs there`);
    case 'failed':
      return faulty(
        ADMINISTRATION,
        `${place} does not answer (${answer.reason})`,
        'look at the log of the gateway',
      );
    case 'strange':
      return faulty(
        ADMINISTRATION,
        `what answers on ${place} is no gateway`,
        'another program has the port: stop it, or set VV_TG_ADMIN_LISTEN',
      );
    case 'answered':
      return answer.reasons.length === 0
        ? ok(ADMINISTRATION, `${place} says that the gateway is ready`)
        : faulty(
            ADMINISTRATION,
            `not ready: ${answer.reasons.join('; ')}`,
            'mend what the reasons name: until then a balancer should send agents elsewhere',
          );
  }
}

function nameOf({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
