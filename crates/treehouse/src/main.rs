//! Treehouse in one program.

mod story;
mod world;

use treehouse_client::opaque::Ksf;

struct Printer;

impl story::Listener for Printer {
    fn chapter(&mut self, title: &str) {
        println!("\n{title}");
    }

    fn step(&mut self, text: &str) {
        println!("  ✓ {text}");
    }
}

fn main() -> anyhow::Result<()> {
    let folder = std::path::PathBuf::from("/tmp/th-demo");
    let _ = std::fs::remove_dir_all(&folder);
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let options = world::Options {
            folder,
            listen: "127.0.0.1:0".parse()?,
            postgres: None,
            ksf: Ksf::standard,
        };
        let world = world::World::start(&options).await?;
        let picture = std::fs::read("/work/shared/data/photos/DSCN0010.jpg")?;
        story::tell(&world, &picture, &mut Printer).await?;
        world.stop().await;
        Ok(())
    })
}
