import { requestSignatureHead } from '@nyxera/federation-protocol/signature-input';
import { useMemo, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Copy } from '../../components/copy.tsx';
import { Id } from '../../components/id.tsx';
import { Fact, Facts, Panel } from '../../components/page.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { Text } from '../../components/text.tsx';
import { toHex, verifyRequestSignature } from '../../verify/index.ts';
import styles from './event.module.css';
import { hexDump } from './hex-dump.ts';
import type { Evidence, OpenedEvidence } from './open-evidence.ts';

/** Bytes of hex that are shown before "show all". */
const HEX_AT_FIRST = 8192;

/** The exact bytes that were signed: what stands before the body, and the body as it was received. */
export function SignedBytes({
  evidence,
  opened,
}: {
  readonly evidence: Evidence;
  readonly opened: OpenedEvidence;
}) {
  const { body } = opened;
  const head = useMemo(() => headOf(evidence), [evidence]);
  const text = useMemo(() => new TextDecoder().decode(body), [body]);
  return (
    <Panel
      title="Signed bytes"
      about={
        <>
          {(head.length + body.length).toLocaleString()} bytes: timestamp, dot, nonce, dot (underlined), then
          the body exactly as it was received.
        </>
      }
      actions={<Copy value={text} what="body as text" />}
    >
      <Tabs
        label="Form of the bytes"
        param="bytes"
        tabs={[
          {
            id: 'text',
            label: 'Text',
            content: (
              // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so that a keyboard must reach it
              <section className={styles.bytes} tabIndex={0} aria-label="Signed bytes as text">
                <span className={styles.head}>{head}</span>
                <Text mono value={text} most={8000} />
              </section>
            ),
          },
          {
            id: 'hex',
            label: 'Hex',
            content: <Hex evidence={evidence} opened={opened} />,
          },
          {
            id: 'signature',
            label: 'Signature',
            content: (
              <Facts>
                <Fact name="base64url">
                  <Id value={evidence.signature} what="signature, base64url" full />
                </Fact>
                <Fact name="hex">
                  <Id value={toHex(opened.signature)} what="signature, hex" full />
                </Fact>
                <Fact name="SHA-256 of the body">
                  <Id value={evidence.body_sha256} what="hash of the body, base64url" full />
                </Fact>
              </Facts>
            ),
          },
        ]}
      />
    </Panel>
  );
}

function Hex({ evidence, opened }: { readonly evidence: Evidence; readonly opened: OpenedEvidence }) {
  const [isWhole, setWhole] = useState(false);
  const signed = useMemo(() => signedOf(evidence, opened), [evidence, opened]);
  const most = isWhole ? signed.length : HEX_AT_FIRST;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so that a keyboard must reach it */}
      <section className={`${styles.bytes} ${styles.hex}`} tabIndex={0} aria-label="Signed bytes in hex">
        {hexDump(signed, most)}
      </section>
      {signed.length > most && (
        <Button onClick={() => setWhole(true)}>Show all {signed.length.toLocaleString()} bytes</Button>
      )}
    </>
  );
}

/** What the signature check was given; the body alone where no request can have such headers. */
function signedOf(evidence: Evidence, { publicKey, signature, body }: OpenedEvidence): Uint8Array {
  const { timestamp, nonce } = evidence;
  return verifyRequestSignature({ publicKey, signature, timestamp, nonce, body }).signed ?? body;
}

function headOf({ timestamp, nonce }: Evidence): string {
  try {
    return new TextDecoder().decode(requestSignatureHead(timestamp, nonce));
  } catch {
    return '';
  }
}
