import { useMemo, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Page, Panel } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { readLogKeys, verifyProofFile } from '../../verify/index.ts';
import { useTrustedKey } from '../audit/use-trusted-key.ts';
import { FileDrop } from './file-drop.tsx';
import { FileReport } from './file-report.tsx';
import { KeyChoice } from './key-choice.tsx';
import styles from './verify.module.css';

/** Bytes; nothing larger is a proof file. */
const MOST = 32 * 1024 * 1024;

/** A proof file, verified in this browser: no gateway is asked. */
export function Verify() {
  const kept = useTrustedKey();
  const [key, setKey] = useState<{ readonly text: string; readonly isOfGateway: boolean } | null>(null);
  const [file, setFile] = useState<{ readonly text: string; readonly name: string } | null>(null);
  const trusted = key?.text ?? kept;
  const verdict = useMemo(
    () => (file === null ? null : verifyProofFile(file.text, trusted)),
    [file, trusted],
  );
  return (
    <Page
      title="Verify a proof"
      about="Checks a file of “audit prove”, or of an entry’s “Offline proof file”, entirely in your browser. Nothing of it is sent anywhere."
    >
      <Panel title="1. The file">
        <FileDrop label="Proof file" most={MOST} onText={(text, name) => setFile({ text, name })} />
        {file !== null && (
          <p>
            <Text value={file.name} /> <Button onClick={() => setFile(null)}>Put it away</Button>
          </p>
        )}
      </Panel>
      <Panel
        title="2. The key of the log"
        about="By it the checkpoint is verified. The file has one, too; by that the file only agrees with itself."
      >
        <KeyChoice
          kept={kept}
          chosen={key}
          onChoose={setKey}
          isUsable={(text) => readLogKeys(text) !== null}
        />
      </Panel>
      <Panel title="3. What holds">
        {verdict === null ? (
          <p className={styles.hint}>There is no file yet.</p>
        ) : (
          <FileReport verdict={verdict} isKeyOfGateway={key?.isOfGateway === true} />
        )}
      </Panel>
    </Page>
  );
}
