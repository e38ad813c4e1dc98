//! The steps of the quickstart.

use anyhow::Result;

use super::{Cluster, story::Story};

/// The values of `examples/quickstart/secret.yaml`, which must be found in one place only.
const API_KEY: &str = "sk_test_quickstart_4eC39HqLyjWDarjtT1zdp7dc";
const PASSWORD: &str = "correct horse battery staple";

const NATIVE: &str = "kubectl get secret stripe -n quickstart -o go-template='{{range $k, $v := .data}}{{$k}}: {{$v | base64decode}}{{\"\\n\"}}{{end}}'";

/// Tells the whole story; fails at the first thing that is not as it should be. Returns how much was
/// seen.
pub async fn tell(cluster: &Cluster) -> Result<usize> {
    let mut story = Story::of(cluster);
    store(&mut story).await?;
    seal(&mut story).await?;
    deliver(&mut story).await?;
    rest(&mut story).await?;
    repair(&mut story).await?;
    door(&mut story).await?;
    refuse(&mut story).await?;
    Ok(story.count())
}

async fn store(story: &mut Story<'_>) -> Result<()> {
    Story::chapter("A store: a set of secrets with keys of its own");
    story
        .quietly(
            "kubectl create namespace quickstart --dry-run=client -o yaml | kubectl apply -f -",
        )
        .await?;
    story
        .run("kubectl apply -f examples/quickstart/store.yaml")
        .await?;
    story
        .run("kubectl wait -n quickstart --for=condition=Ready secretstore/payments")
        .await?;
    let keys = story
        .run("kubectl get secretstore payments -n quickstart -o jsonpath='{range .status.sealingKeys[*]}{.id} {.suite} {.publicKey}{\"\\n\"}{end}'")
        .await?;
    story.seen(
        "the store has its own key, and a public key for authors",
        keys.contains(" XWing "),
    )
}

async fn seal(story: &mut Story<'_>) -> Result<()> {
    Story::chapter("An author seals values, with the public key");
    story.run("cat examples/quickstart/secret.yaml").await?;
    let sealed = story
        .run("coffer seal examples/quickstart/secret.yaml | tee \"$TMP/sealed.yaml\"")
        .await?;
    story.seen(
        "the values are envelopes; comments and layout stayed",
        sealed.matches("coffer.v1.").count() == 2
            && !sealed.contains(API_KEY)
            && sealed.contains("# only bytes like these change"),
    )
}

async fn deliver(story: &mut Story<'_>) -> Result<()> {
    Story::chapter("Applied, opened, delivered");
    story.run("kubectl apply -f \"$TMP/sealed.yaml\"").await?;
    story
        .run("kubectl wait -n quickstart --for=condition=Ready secret.coffer.dev/stripe")
        .await?;
    story.run("kubectl get csec,cstore -n quickstart").await?;
    let native = story.run(NATIVE).await?;
    story.seen(
        "the native Secret has the values, through the template",
        native.contains(&format!("api-key: {API_KEY}"))
            && native.contains(&format!("password = {PASSWORD}")),
    )?;
    story
        .run("kubectl get csec stripe -n quickstart -o jsonpath='{.status}' | tr ',' '\\n' | head -40")
        .await?;
    Ok(())
}

async fn rest(story: &mut Story<'_>) -> Result<()> {
    Story::chapter("At rest, the Coffer Secret holds no value");
    let stored = story
        .quietly("kubectl get csec stripe -n quickstart -o yaml")
        .await?;
    story.seen(
        "the object, with annotations and status, does not contain them",
        !stored.contains(API_KEY) && !stored.contains(PASSWORD),
    )
}

async fn repair(story: &mut Story<'_>) -> Result<()> {
    Story::chapter("Someone edits the native Secret by hand");
    story
        .run("kubectl patch secret stripe -n quickstart -p '{\"stringData\":{\"api-key\":\"tampered\"}}'")
        .await?;
    story
        .until("it was put back", NATIVE, |native| native.contains(API_KEY))
        .await?;
    story
        .run("kubectl delete secret stripe -n quickstart")
        .await?;
    story
        .until("deleted, it was made again", NATIVE, |native| {
            native.contains(API_KEY)
        })
        .await?;
    story
        .until(
            "events tell of both",
            "kubectl get events -n quickstart --field-selector reason=TargetRepaired",
            |events| events.contains("was changed") && events.contains("was deleted"),
        )
        .await?;
    story
        .run("kubectl get events -n quickstart -o custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message")
        .await?;
    Ok(())
}

async fn door(story: &mut Story<'_>) -> Result<()> {
    Story::chapter("Plaintext is sealed at the door, before it is stored");
    if !story.has_webhooks() {
        println!("(not on this cluster: its API server does not reach webhooks on this machine)");
        return Ok(());
    }
    let plain =
        "sed 's/name: stripe/name: plain/' examples/quickstart/secret.yaml | kubectl apply -f -";
    story.run(plain).await?;
    let stored = story
        .run("kubectl get csec plain -n quickstart -o jsonpath='{.metadata.generation} {.spec.data}'")
        .await?;
    story.seen(
        "what is stored is an envelope, and never was anything else",
        stored.starts_with("1 ") && stored.contains("coffer.v1.") && !stored.contains(PASSWORD),
    )?;
    story.run(plain).await?;
    let again = story
        .run("kubectl get csec plain -n quickstart -o jsonpath='{.metadata.generation} {.spec.data}'")
        .await?;
    story.seen("the same manifest again changes nothing", again == stored)
}

async fn refuse(story: &mut Story<'_>) -> Result<()> {
    Story::chapter("An envelope opens only where it was sealed for");
    let pasted = story
        .run("sed 's/name: stripe/name: stolen/' \"$TMP/sealed.yaml\" | kubectl apply -f - 2>&1 || true")
        .await?;
    if story.has_webhooks() {
        story.seen(
            "pasted under another name, it is refused",
            pasted.contains("does not open here"),
        )?;
    } else {
        let reason = "kubectl get csec stolen -n quickstart -o jsonpath='{.status.conditions[0].reason}: {.status.conditions[0].message}'";
        story
            .until(
                "pasted under another name, it does not open",
                reason,
                |told| told.starts_with("EnvelopeMismatch"),
            )
            .await?;
    }
    Story::chapter("A store with secrets is not deleted by accident");
    let refused = story
        .run("kubectl delete cstore payments -n quickstart 2>&1 || true")
        .await?;
    story.seen(
        "the API server refuses it, and says why",
        refused.contains("still has"),
    )
}
