<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name></name>
    <message>
        <source>New frame</source>
        <translation>新建人脸框</translation>
    </message>
    <message>
        <source>Move frame</source>
        <translation>移动人脸框</translation>
    </message>
    <message>
        <source>Scale frame</source>
        <translation>缩放人脸框</translation>
    </message>
    <message>
        <source>Rotate frame</source>
        <translation>旋转人脸框</translation>
    </message>
    <message>
        <source>The edges that were drawn lay on the frame as it was; Undo brings them back.</source>
        <translation>画好的边缘属于原来位置的框；撤销可以恢复它们。</translation>
    </message>
    <message>
        <source>Edges lie inside a face&apos;s frame, and there is none here: find faces, or draw a frame.</source>
        <translation>边缘位于人脸的框内，而这里没有框：请查找人脸，或画一个框。</translation>
    </message>
    <message>
        <source>Erase edges</source>
        <translation>擦除边缘</translation>
    </message>
    <message>
        <source>Draw edges</source>
        <translation>绘制边缘</translation>
    </message>
    <message>
        <source>Eraser stroke</source>
        <translation>橡皮擦笔画</translation>
    </message>
    <message>
        <source>Brush stroke</source>
        <translation>画笔笔画</translation>
    </message>
    <message>
        <source>Erase with lasso</source>
        <translation>用套索擦除</translation>
    </message>
    <message>
        <source>Lasso</source>
        <translation>套索</translation>
    </message>
    <message>
        <source>Erase ellipse</source>
        <translation>擦除椭圆</translation>
    </message>
    <message>
        <source>Ellipse</source>
        <translation>椭圆</translation>
    </message>
    <message>
        <source>Erase rectangle</source>
        <translation>擦除矩形</translation>
    </message>
    <message>
        <source>Rectangle</source>
        <translation>矩形</translation>
    </message>
    <message>
        <source>Erase with wand</source>
        <translation>用魔棒擦除</translation>
    </message>
    <message>
        <source>Wand</source>
        <translation>魔棒</translation>
    </message>
    <message>
        <source>Heal</source>
        <translation>修补</translation>
    </message>
    <message>
        <source>Clone</source>
        <translation>仿制</translation>
    </message>
    <message>
        <source>The clone stamp has no source yet: Alt-click the place to copy from.</source>
        <translation>仿制图章还没有来源：请按住 Alt 单击要复制的位置。</translation>
    </message>
    <message>
        <source>Bring back the original</source>
        <translation>恢复原图</translation>
    </message>
</context>
<context>
    <name>About</name>
    <message>
        <source>Packages</source>
        <translation>软件包</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>About FaceMend</source>
        <translation>关于 FaceMend</translation>
    </message>
    <message>
        <source>Mends damaged face photos, offline, on this computer.</source>
        <translation>在本机离线修复受损的人像照片。</translation>
    </message>
    <message>
        <source>Devices</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Looking…</source>
        <translation>正在检测…</translation>
    </message>
    <message>
        <source>Model card</source>
        <translation>模型说明</translation>
    </message>
    <message>
        <source>No model card was found.</source>
        <translation>未找到模型说明。</translation>
    </message>
    <message>
        <source>Devices and versions</source>
        <translation>设备与版本</translation>
    </message>
</context>
<context>
    <name>Actions</name>
    <message>
        <source>Move the view or the split line (with Shift: far)</source>
        <translation>移动视图或分割线（加 Shift 大幅移动）</translation>
    </message>
    <message>
        <source>Close the lasso&apos;s polygon (Backspace takes a corner back)</source>
        <translation>闭合套索多边形（Backspace 取消上一个角点）</translation>
    </message>
    <message>
        <source>Before and after, while held, wherever the focus is</source>
        <translation>按住时对比修复前后，无论焦点在哪里</translation>
    </message>
    <message>
        <source>Leave the photo for the toolbox and the panels</source>
        <translation>离开照片，转到工具箱和面板</translation>
    </message>
    <message>
        <source>&amp;Open…</source>
        <translation>打开(&amp;O)…</translation>
    </message>
    <message>
        <source>&amp;Paste as new photo</source>
        <translation>粘贴为新照片(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>保存(&amp;S)</translation>
    </message>
    <message>
        <source>Save &amp;as…</source>
        <translation>另存为(&amp;A)…</translation>
    </message>
    <message>
        <source>Save a&amp;ll</source>
        <translation>全部保存(&amp;L)</translation>
    </message>
    <message>
        <source>Save pro&amp;ject…</source>
        <translation>保存项目(&amp;J)…</translation>
    </message>
    <message>
        <source>&amp;Batch…</source>
        <translation>批处理(&amp;B)…</translation>
    </message>
    <message>
        <source>&amp;Close photo</source>
        <translation>关闭照片(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Copy picture</source>
        <translation>复制图像(&amp;C)</translation>
    </message>
    <message>
        <source>Turn &amp;left</source>
        <translation>向左转(&amp;L)</translation>
    </message>
    <message>
        <source>Turn r&amp;ight</source>
        <translation>向右转(&amp;I)</translation>
    </message>
    <message>
        <source>&amp;Mirror</source>
        <translation>镜像(&amp;M)</translation>
    </message>
    <message>
        <source>Enlarge &amp;twice</source>
        <translation>放大两倍(&amp;T)</translation>
    </message>
    <message>
        <source>Enlarge f&amp;our times</source>
        <translation>放大四倍(&amp;O)</translation>
    </message>
    <message>
        <source>Pre&amp;ferences…</source>
        <translation>首选项(&amp;F)…</translation>
    </message>
    <message>
        <source>Brush</source>
        <translation>画笔</translation>
    </message>
    <message>
        <source>Paint what is to be restored</source>
        <translation>涂抹需要修复的区域</translation>
    </message>
    <message>
        <source>Eraser</source>
        <translation>橡皮擦</translation>
    </message>
    <message>
        <source>Take away from the mask</source>
        <translation>从蒙版中擦除</translation>
    </message>
    <message>
        <source>Lasso</source>
        <translation>套索</translation>
    </message>
    <message>
        <source>Draw around it; click for corners</source>
        <translation>圈选区域；单击可添加顶点</translation>
    </message>
    <message>
        <source>Rectangle</source>
        <translation>矩形</translation>
    </message>
    <message>
        <source>Mask a rectangle</source>
        <translation>添加矩形蒙版</translation>
    </message>
    <message>
        <source>Ellipse</source>
        <translation>椭圆</translation>
    </message>
    <message>
        <source>Mask an ellipse</source>
        <translation>添加椭圆蒙版</translation>
    </message>
    <message>
        <source>Wand</source>
        <translation>魔棒</translation>
    </message>
    <message>
        <source>Mask what has one colour</source>
        <translation>选取颜色相近的区域</translation>
    </message>
    <message>
        <source>Edge pencil</source>
        <translation>边缘铅笔</translation>
    </message>
    <message>
        <source>Draw edges to follow</source>
        <translation>绘制修复时要遵循的边缘</translation>
    </message>
    <message>
        <source>Edge eraser</source>
        <translation>边缘橡皮擦</translation>
    </message>
    <message>
        <source>Erase drawn edges</source>
        <translation>擦除绘制的边缘</translation>
    </message>
    <message>
        <source>Face frame</source>
        <translation>人脸框</translation>
    </message>
    <message>
        <source>Move, size, turn or draw a frame</source>
        <translation>移动、缩放、旋转或绘制人脸框</translation>
    </message>
    <message>
        <source>Heal</source>
        <translation>修补</translation>
    </message>
    <message>
        <source>Paint over a blemish: it is filled from around it at once</source>
        <translation>涂过瑕疵，立即用周围内容填补</translation>
    </message>
    <message>
        <source>Clone stamp</source>
        <translation>仿制图章</translation>
    </message>
    <message>
        <source>Alt-click takes the source, strokes copy from there</source>
        <translation>按住 Alt 点击取源，笔画从那里复制</translation>
    </message>
    <message>
        <source>Bring back the original</source>
        <translation>恢复原图</translation>
    </message>
    <message>
        <source>Take a result away where you paint</source>
        <translation>涂到之处去掉修复结果</translation>
    </message>
    <message>
        <source>Crop</source>
        <translation>裁剪</translation>
    </message>
    <message>
        <source>Draw what is to be left; Return cuts</source>
        <translation>画出要保留的部分，按回车裁剪</translation>
    </message>
    <message>
        <source>Straighten</source>
        <translation>拉直</translation>
    </message>
    <message>
        <source>Draw a line along what should be level or upright</source>
        <translation>沿应当水平或竖直之处画一条线</translation>
    </message>
    <message>
        <source>Hand</source>
        <translation>抓手</translation>
    </message>
    <message>
        <source>Move the photo (or hold Space)</source>
        <translation>移动照片（或按住空格键）</translation>
    </message>
    <message>
        <source>&amp;Detect damage</source>
        <translation>检测损伤(&amp;D)</translation>
    </message>
    <message>
        <source>Mask scratches, folds, blots and dust</source>
        <translation>为划痕、折痕、污渍和灰尘添加蒙版</translation>
    </message>
    <message>
        <source>Pre&amp;vious piece</source>
        <translation>上一处损伤(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Next piece</source>
        <translation>下一处损伤(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Keep piece</source>
        <translation>保留此处(&amp;K)</translation>
    </message>
    <message>
        <source>De&amp;lete piece</source>
        <translation>删除此处(&amp;L)</translation>
    </message>
    <message>
        <source>Keep &amp;all pieces</source>
        <translation>全部保留(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Invert</source>
        <translation>反选(&amp;I)</translation>
    </message>
    <message>
        <source>&amp;Grow</source>
        <translation>扩展(&amp;G)</translation>
    </message>
    <message>
        <source>&amp;Shrink</source>
        <translation>收缩(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Feather</source>
        <translation>羽化(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Clear mask</source>
        <translation>清除蒙版(&amp;C)</translation>
    </message>
    <message>
        <source>Paint as &amp;blurred</source>
        <translation>涂为模糊(&amp;B)</translation>
    </message>
    <message>
        <source>All mask tools paint what is soft (blue), not what is missing (red)</source>
        <translation>所有蒙版工具涂抹模糊之处（蓝色），而非缺失之处（红色）</translation>
    </message>
    <message>
        <source>I&amp;mport mask…</source>
        <translation>导入蒙版(&amp;M)…</translation>
    </message>
    <message>
        <source>&amp;Export mask…</source>
        <translation>导出蒙版(&amp;E)…</translation>
    </message>
    <message>
        <source>&amp;Restore</source>
        <translation>修复(&amp;R)</translation>
    </message>
    <message>
        <source>Fill what is masked</source>
        <translation>填充蒙版区域</translation>
    </message>
    <message>
        <source>Fill again from &amp;edges</source>
        <translation>按边缘重新填充(&amp;E)</translation>
    </message>
    <message>
        <source>Fill once more, following the edges as they are drawn now</source>
        <translation>按照当前绘制的边缘再次填充</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>取消(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Keep variant</source>
        <translation>保留此结果(&amp;K)</translation>
    </message>
    <message>
        <source>&amp;Discard variant</source>
        <translation>放弃此结果(&amp;D)</translation>
    </message>
    <message>
        <source>Another &amp;seed</source>
        <translation>更换种子(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Find faces</source>
        <translation>查找人脸(&amp;F)</translation>
    </message>
    <message>
        <source>Fit frame to f&amp;ace</source>
        <translation>使框贴合人脸(&amp;A)</translation>
    </message>
    <message>
        <source>Turn a box drawn around a head into the frame of its face</source>
        <translation>把围着头部画的框变成人脸框</translation>
    </message>
    <message>
        <source>S&amp;harpen face</source>
        <translation>清晰化人脸(&amp;H)</translation>
    </message>
    <message>
        <source>Mark the active frame&apos;s face as blurred</source>
        <translation>将当前框中的人脸标为模糊</translation>
    </message>
    <message>
        <source>Sharpe&amp;n all faces</source>
        <translation>清晰化所有人脸(&amp;N)</translation>
    </message>
    <message>
        <source>Mark all faces as blurred</source>
        <translation>将所有人脸标为模糊</translation>
    </message>
    <message>
        <source>E&amp;xport change map…</source>
        <translation>导出变化图(&amp;X)…</translation>
    </message>
    <message>
        <source>Export la&amp;yers…</source>
        <translation>导出图层(&amp;Y)…</translation>
    </message>
    <message>
        <source>Photo, fill and mask as an OpenRaster file, for Krita, GIMP and others</source>
        <translation>把照片、填充和蒙版存为 OpenRaster 文件，供 Krita、GIMP 等使用</translation>
    </message>
    <message>
        <source>Reference pho&amp;to…</source>
        <translation>参考照片(&amp;T)…</translation>
    </message>
    <message>
        <source>Lay the face of another photo of this person under what is masked</source>
        <translation>在蒙版处垫上此人另一张照片中的脸</translation>
    </message>
    <message>
        <source>&amp;Mirrored half as reference</source>
        <translation>以镜像的另一半脸为参考(&amp;M)</translation>
    </message>
    <message>
        <source>Lay the other half of the face under what is masked</source>
        <translation>在蒙版处垫上同一张脸的另一半</translation>
    </message>
    <message>
        <source>N&amp;o reference</source>
        <translation>不用参考(&amp;O)</translation>
    </message>
    <message>
        <source>Let the networks draw what is missing</source>
        <translation>缺失之处由网络绘制</translation>
    </message>
    <message>
        <source>De&amp;lete frame</source>
        <translation>删除人脸框(&amp;L)</translation>
    </message>
    <message>
        <source>Clear dra&amp;wn edges</source>
        <translation>清除绘制的边缘(&amp;W)</translation>
    </message>
    <message>
        <source>Zoom &amp;in</source>
        <translation>放大(&amp;I)</translation>
    </message>
    <message>
        <source>Zoom &amp;out</source>
        <translation>缩小(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Fit to window</source>
        <translation>适合窗口(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Actual pixels</source>
        <translation>实际像素(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Before and after</source>
        <translation>前后对比(&amp;B)</translation>
    </message>
    <message>
        <source>Show the original (or hold Tab)</source>
        <translation>显示原图（或按住 Tab 键）</translation>
    </message>
    <message>
        <source>&amp;Split view</source>
        <translation>分屏对比(&amp;S)</translation>
    </message>
    <message>
        <source>Show &amp;mask</source>
        <translation>显示蒙版(&amp;M)</translation>
    </message>
    <message>
        <source>Show &amp;edges</source>
        <translation>显示边缘(&amp;E)</translation>
    </message>
    <message>
        <source>Show f&amp;rames</source>
        <translation>显示人脸框(&amp;R)</translation>
    </message>
    <message>
        <source>Side &amp;panel</source>
        <translation>侧边面板(&amp;P)</translation>
    </message>
    <message>
        <source>F&amp;ull screen</source>
        <translation>全屏(&amp;U)</translation>
    </message>
    <message>
        <source>Pre&amp;vious photo</source>
        <translation>上一张照片(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Next photo</source>
        <translation>下一张照片(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Shortcuts</source>
        <translation>快捷键(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;About FaceMend</source>
        <translation>关于 FaceMend(&amp;A)</translation>
    </message>
    <message>
        <source>Move the photo, while held</source>
        <translation>按住时移动照片</translation>
    </message>
    <message>
        <source>Brush smaller, larger (or Ctrl+wheel)</source>
        <translation>减小、增大画笔（或 Ctrl+滚轮）</translation>
    </message>
    <message>
        <source>Brush softer, harder (or Shift+wheel)</source>
        <translation>减小、增大画笔硬度（或 Shift+滚轮）</translation>
    </message>
    <message>
        <source>Click for straight lines from the last point</source>
        <translation>单击可从上一点画直线</translation>
    </message>
    <message>
        <source>Erase while painting</source>
        <translation>绘制时改为擦除</translation>
    </message>
    <message>
        <source>Open &amp;recent</source>
        <translation>最近打开(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>编辑(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Tools</source>
        <translation>工具(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Mask</source>
        <translation>蒙版(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>Clear list</source>
        <translation>清除列表</translation>
    </message>
    <message>
        <source>Main bar</source>
        <translation>主工具栏</translation>
    </message>
    <message>
        <source>Toolbox</source>
        <translation>工具箱</translation>
    </message>
</context>
<context>
    <name>Autosave</name>
    <message>
        <source>Autosave</source>
        <translation>自动保存</translation>
    </message>
</context>
<context>
    <name>BatchDialog</name>
    <message>
        <source>Mask folder</source>
        <translation>蒙版文件夹</translation>
    </message>
    <message>
        <source>Mask file</source>
        <translation>蒙版文件</translation>
    </message>
    <message>
        <source>Name, format</source>
        <translation>名称、格式</translation>
    </message>
    <message>
        <source>{0} stands for the photo&apos;s name, as in {0}-restored</source>
        <translation>{0} 代表照片的名称，例如 {0}-restored</translation>
    </message>
    <message>
        <source>Batch</source>
        <translation>批处理</translation>
    </message>
    <message>
        <source>Photos</source>
        <translation>照片</translation>
    </message>
    <message>
        <source>Save to</source>
        <translation>保存到</translation>
    </message>
    <message>
        <source>Detect damage</source>
        <translation>检测损伤</translation>
    </message>
    <message>
        <source>Folder, same names</source>
        <translation>文件夹（同名）</translation>
    </message>
    <message>
        <source>One file for all</source>
        <translation>所有照片共用一个文件</translation>
    </message>
    <message>
        <source>None</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Masks</source>
        <translation>蒙版</translation>
    </message>
    <message>
        <source>Mask folder or file</source>
        <translation>蒙版文件夹或文件</translation>
    </message>
    <message>
        <source>Make all faces sharp</source>
        <translation>使所有人脸清晰</translation>
    </message>
    <message>
        <source>Soft, small, noisy faces; a face that is sharp already changes very little</source>
        <translation>柔焦、过小、有噪点的人脸；本已清晰的人脸几乎不变</translation>
    </message>
    <message>
        <source>Strength</source>
        <translation>强度</translation>
    </message>
    <message>
        <source>Faces</source>
        <translation>人脸</translation>
    </message>
    <message>
        <source>All photos of the folder; **/*.jpg looks deeper</source>
        <translation>文件夹中的所有照片；**/*.jpg 会搜索子文件夹</translation>
    </message>
    <message>
        <source>Only</source>
        <translation>筛选</translation>
    </message>
    <message>
        <source>As the photo</source>
        <translation>与照片相同</translation>
    </message>
    <message>
        <source>Go on: skip what is finished already</source>
        <translation>续作：跳过已完成的照片</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Method, quality, sampler, seed, seam and grain are set in the Restore panel, sensitivity in Mask.</source>
        <translation>方法、质量、采样器、种子、接缝和颗粒在“修复”面板中设置，灵敏度在“蒙版”面板中设置。</translation>
    </message>
    <message>
        <source>Photos of the batch</source>
        <translation>批处理的照片</translation>
    </message>
    <message>
        <source>Photo</source>
        <translation>照片</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Remark</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>开始</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>{0} done, {1} skipped, {2} failed.</source>
        <translation>完成 {0} 张，跳过 {1} 张，失败 {2} 张。</translation>
    </message>
    <message>
        <source>{0} had nothing to restore.</source>
        <translation>{0} 张没有可修复的内容。</translation>
    </message>
    <message>
        <source>{0} left for review.</source>
        <translation>{0} 张留待检查。</translation>
    </message>
    <message>
        <source>Report: {0}</source>
        <translation>报告：{0}</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>running</source>
        <translation>运行中</translation>
    </message>
    <message>
        <source>done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>nothing to do</source>
        <translation>无需修复</translation>
    </message>
    <message>
        <source>left for review</source>
        <translation>留待检查</translation>
    </message>
    <message>
        <source>skipped</source>
        <translation>已跳过</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
</context>
<context>
    <name>Canvas</name>
    <message>
        <source>Photo</source>
        <translation>照片</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>修复</translation>
    </message>
</context>
<context>
    <name>Closing</name>
    <message>
        <source>The window closes as soon as everything is saved.</source>
        <translation>全部保存后窗口即关闭。</translation>
    </message>
    <message>
        <source>Save &amp;project</source>
        <translation>保存项目(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Save photo</source>
        <translation>保存照片(&amp;S)</translation>
    </message>
    <message>
        <source>A photo holds the picture only; a project also holds mask, edges, frames, reference and variants.</source>
        <translation>照片只含图像；项目还含蒙版、边缘、人脸框、参考和各个版本。</translation>
    </message>
    <message>
        <source>Save the changes to {0}?</source>
        <translation>要保存对 {0} 的更改吗？</translation>
    </message>
    <message>
        <source>and {0} more</source>
        <translation>以及另外 {0} 张</translation>
    </message>
    <message>
        <source>{0} photos have unsaved changes. Save them?</source>
        <translation>{0} 张照片有未保存的更改。要保存吗？</translation>
    </message>
    <message>
        <source>&amp;Save all</source>
        <translation>全部保存(&amp;S)</translation>
    </message>
    <message>
        <source>FaceMend</source>
        <translation>FaceMend</translation>
    </message>
</context>
<context>
    <name>CrashOffer</name>
    <message>
        <source>Autosave is off: {0}</source>
        <translation>自动保存已关闭：{0}</translation>
    </message>
    <message>
        <source>Recover</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>FaceMend did not end well last time: 1 unsaved photo was kept.</source>
        <translation>FaceMend 上次未正常结束：已保留 1 张未保存的照片。</translation>
    </message>
    <message>
        <source>FaceMend did not end well last time: {0} unsaved photos were kept.</source>
        <translation>FaceMend 上次未正常退出：已保留 {0} 张未保存的照片。</translation>
    </message>
</context>
<context>
    <name>EdgesPanel</name>
    <message>
        <source>Show edges of what is visible</source>
        <translation>显示可见部分的边缘</translation>
    </message>
    <message>
        <source>Choose thresholds from the picture</source>
        <translation>根据图像自动选择阈值</translation>
    </message>
    <message>
        <source>Low threshold</source>
        <translation>低阈值</translation>
    </message>
    <message>
        <source>Low</source>
        <translation>低阈值</translation>
    </message>
    <message>
        <source>High threshold</source>
        <translation>高阈值</translation>
    </message>
    <message>
        <source>High</source>
        <translation>高阈值</translation>
    </message>
    <message>
        <source>Edge opacity</source>
        <translation>边缘不透明度</translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation>不透明度</translation>
    </message>
    <message>
        <source>Draw</source>
        <translation>绘制</translation>
    </message>
    <message>
        <source>Fill again from edges</source>
        <translation>按边缘重新填充</translation>
    </message>
    <message>
        <source>Blue: edges seen in the photo. Yellow: edges drawn inside the mask.</source>
        <translation>蓝色：照片中可见的边缘。黄色：蒙版内绘制的边缘。</translation>
    </message>
</context>
<context>
    <name>Engine</name>
    <message>
        <source>Looking for faces</source>
        <translation>正在寻找人脸</translation>
    </message>
    <message>
        <source>Face {0} of {1}: drawing edges</source>
        <translation>人脸 {0}/{1}：正在绘制边缘</translation>
    </message>
    <message>
        <source>Face {0} of {1}: step {2} of {3}</source>
        <translation>人脸 {0}/{1}：第 {2} 步，共 {3} 步</translation>
    </message>
    <message>
        <source>Filling around the faces</source>
        <translation>正在填充人脸以外的部分</translation>
    </message>
    <message>
        <source>Matching patches</source>
        <translation>正在匹配图块</translation>
    </message>
    <message>
        <source>Laying the face onto the photo</source>
        <translation>正在把人脸贴回照片</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>The mask hides a face; the framing network placed it by what is left of it.</source>
        <translation>蒙版遮住了一张人脸；定框网络根据露出的部分确定了它的位置。</translation>
    </message>
    <message>
        <source>The mask hides a face; it was found once the hole was filled smoothly.</source>
        <translation>蒙版遮住了一张人脸；平滑填充后找到了它。</translation>
    </message>
    <message>
        <source>No face was found at the mask; a square around the mask was restored instead.</source>
        <translation>蒙版处没有找到人脸，改为修复蒙版周围的方形区域。</translation>
    </message>
    <message>
        <source>The mask covers everything: there is nothing to fill it from.</source>
        <translation>蒙版覆盖了整张照片，没有可供填充的内容。</translation>
    </message>
    <message>
        <source>Too little of the picture is known to fill the rest from it.</source>
        <translation>照片中已知的部分太少，无法填充其余部分。</translation>
    </message>
    <message>
        <source>out of memory: try fewer jobs, a smaller photo, or the CPU instead of the GPU</source>
        <translation>内存不足：请减少并行任务、使用较小的照片，或用 CPU 代替 GPU</translation>
    </message>
    <message>
        <source>CUDA cannot be used here: {0}.</source>
        <translation>此处无法使用 CUDA：{0}。</translation>
    </message>
    <message>
        <source>CUDA is installed here, but onnxruntime could not use it.</source>
        <translation>已安装 CUDA，但 onnxruntime 无法使用它。</translation>
    </message>
    <message>
        <source>The device failed while the model ran: {0}</source>
        <translation>模型运行时设备出错：{0}</translation>
    </message>
    <message>
        <source>The GPU failed, and the CPU did the work. ({0})</source>
        <translation>GPU 出错，已改由 CPU 完成处理。（{0}）</translation>
    </message>
    <message>
        <source>PyTorch is not installed (pip install &apos;facemend[torch]&apos;).</source>
        <translation>未安装 PyTorch（pip install &apos;facemend[torch]&apos;）。</translation>
    </message>
    <message>
        <source>unexpected failure: {0}: {1} (FACEMEND_DEBUG=1 shows where)</source>
        <translation>意外错误：{0}：{1}（设置 FACEMEND_DEBUG=1 可查看位置）</translation>
    </message>
    <message>
        <source>{0}: the model file is missing; install FaceMend again.</source>
        <translation>{0}：缺少模型文件，请重新安装 FaceMend。</translation>
    </message>
    <message>
        <source>{0}: the model file is damaged; install FaceMend again.</source>
        <translation>{0}：模型文件已损坏，请重新安装 FaceMend。</translation>
    </message>
    <message>
        <source>{0}: not enough memory to open it</source>
        <translation>{0}：内存不足，无法打开</translation>
    </message>
    <message>
        <source>{0}: not enough memory to write it</source>
        <translation>{0}：内存不足，无法写入</translation>
    </message>
    <message>
        <source>{0}: cannot be written, {1}</source>
        <translation>{0}：无法写入，{1}</translation>
    </message>
    <message>
        <source>{0}: no face was restored, so there are no edges to write</source>
        <translation>{0}：没有修复任何人脸，因此没有边缘可写</translation>
    </message>
    <message>
        <source>{0}: what was restored took no steps, so there are none to write</source>
        <translation>{0}：修复未经任何步骤，因此没有步骤可写</translation>
    </message>
    <message>
        <source>{0}: is the name for two files that are to be written; choose another</source>
        <translation>{0}：要写入的两个文件同用此名；请另选一个</translation>
    </message>
    <message>
        <source>{0}: files of such names are written into {1}; choose another folder</source>
        <translation>{0}：这种名称的文件会写入 {1}；请另选文件夹</translation>
    </message>
    <message>
        <source>{0}: edges would lie among the restored photos; choose another folder</source>
        <translation>{0}：边缘图会混在修复后的照片里；请另选文件夹</translation>
    </message>
    <message>
        <source>{0}: photos and masks lie in one folder; give each a folder of their own</source>
        <translation>{0}：照片和蒙版在同一文件夹中；请分别放在各自的文件夹里</translation>
    </message>
    <message>
        <source>{0}: is no pattern of names in the photos&apos; folder</source>
        <translation>{0}：不是照片文件夹内的名称模式</translation>
    </message>
    <message>
        <source>{0}: {1} leads out of the folder for the outputs</source>
        <translation>{0}：{1} 指向输出文件夹之外</translation>
    </message>
    <message>
        <source>{0}: waits for its mask</source>
        <translation>{0}：等待其蒙版</translation>
    </message>
    <message>
        <source>{0}: waits until it has stopped growing</source>
        <translation>{0}：等待其写入完成</translation>
    </message>
    <message>
        <source>{0}: cannot be the name of a preset</source>
        <translation>{0}：不能作为预设的名称</translation>
    </message>
    <message>
        <source>{0}: is no preset that can be read</source>
        <translation>{0}：不是可读取的预设</translation>
    </message>
    <message>
        <source>{0}: no such preset; there are: {1}</source>
        <translation>{0}：没有这个预设；现有：{1}</translation>
    </message>
    <message>
        <source>{0}: a preset has no setting named {1}</source>
        <translation>{0}：预设中没有名为 {1} 的设置</translation>
    </message>
    <message>
        <source>{0}: {1} cannot be {2}</source>
        <translation>{0}：{1} 不能是 {2}</translation>
    </message>
    <message>
        <source>{0}: cannot be removed, {1}</source>
        <translation>{0}：无法删除，{1}</translation>
    </message>
    <message>
        <source>none yet</source>
        <translation>尚无</translation>
    </message>
    <message>
        <source>{0}: cannot be read, {1}</source>
        <translation>{0}：无法读取，{1}</translation>
    </message>
    <message>
        <source>{0}: is damaged or no FaceMend project</source>
        <translation>{0}：已损坏，或不是 FaceMend 项目</translation>
    </message>
    <message>
        <source>{0}: is damaged, its contents do not fit together</source>
        <translation>{0}：已损坏，内容互不相符</translation>
    </message>
    <message>
        <source>{0}: is no FaceMend project</source>
        <translation>{0}：不是 FaceMend 项目</translation>
    </message>
    <message>
        <source>{0}: was made by a newer FaceMend (format {1}, this one reads {2})</source>
        <translation>{0}：由更新版本的 FaceMend 创建（格式 {1}，此版本可读 {2}）</translation>
    </message>
    <message>
        <source>{0}: its photo {1} is not there any more</source>
        <translation>{0}：它的照片 {1} 已不存在</translation>
    </message>
    <message>
        <source>{0}: its photo {1} is not the one it was made from any more</source>
        <translation>{0}：它的照片 {1} 已不是当初的照片</translation>
    </message>
    <message>
        <source>{0}: the mask is {1} x {2} pixels and does not fit the photo of {3} x {4}</source>
        <translation>{0}：蒙版为 {1} × {2} 像素，与 {3} × {4} 的照片不符</translation>
    </message>
    <message>
        <source>{0}: no such folder</source>
        <translation>{0}：没有这个文件夹</translation>
    </message>
    <message>
        <source>{0}: no such mask file or folder</source>
        <translation>{0}：没有这个蒙版文件或文件夹</translation>
    </message>
    <message>
        <source>{0}: outputs would lie among the photos; choose another folder</source>
        <translation>{0}：输出会混入照片之中，请选择其他文件夹</translation>
    </message>
    <message>
        <source>{0}: outputs would lie among the masks; choose another folder</source>
        <translation>{0}：输出会混入蒙版之中，请选择其他文件夹</translation>
    </message>
    <message>
        <source>{0}: no photo matches {1}</source>
        <translation>{0}：没有照片符合 {1}</translation>
    </message>
    <message>
        <source>{0}: an output&apos;s name must contain {1} and no folder</source>
        <translation>{0}：输出名称必须包含 {1}，且不能含文件夹</translation>
    </message>
    <message>
        <source>the file is empty</source>
        <translation>文件是空的</translation>
    </message>
    <message>
        <source>the file is truncated</source>
        <translation>文件不完整</translation>
    </message>
    <message>
        <source>it is a folder, not a photo</source>
        <translation>这是文件夹，不是照片</translation>
    </message>
    <message>
        <source>it is not a regular file</source>
        <translation>不是普通文件</translation>
    </message>
    <message>
        <source>it is not a picture in a format that can be read, or it is damaged</source>
        <translation>不是可读取格式的图片，或已损坏</translation>
    </message>
    <message>
        <source>it exists already</source>
        <translation>已存在</translation>
    </message>
    <message>
        <source>its folder does not exist</source>
        <translation>所在文件夹不存在</translation>
    </message>
    <message>
        <source>{0} x {1} pixels are too many; the limit is {2} megapixels</source>
        <translation>{0} × {1} 像素过大，上限为 {2} 百万像素</translation>
    </message>
    <message>
        <source>the colour mode {0} is not supported; save it as RGB</source>
        <translation>不支持颜色模式 {0}，请另存为 RGB</translation>
    </message>
    <message>
        <source>in this folder</source>
        <translation>此文件夹</translation>
    </message>
    <message>
        <source>{0} holds 8 bits a channel: the photo&apos;s 16 bits are rounded.</source>
        <translation>{0} 每通道只有 8 位：照片的 16 位会被舍入。</translation>
    </message>
    <message>
        <source>{0} holds no transparency: transparent parts become white.</source>
        <translation>{0} 不支持透明：透明部分将变为白色。</translation>
    </message>
    <message>
        <source>{0} holds no CMYK: the photo is converted to RGB.</source>
        <translation>{0} 不支持 CMYK：照片会转换为 RGB。</translation>
    </message>
    <message>
        <source>{0} compresses with small losses everywhere, also outside the mask.</source>
        <translation>{0} 是有损压缩：整张照片（包括蒙版以外）都会有轻微损失。</translation>
    </message>
    <message>
        <source>The colour profile does not fit into this {0} and is left out.</source>
        <translation>颜色配置文件不适用于此 {0}，将被舍弃。</translation>
    </message>
    <message>
        <source>The {0} does not fit into {1} and is left out.</source>
        <translation>{0} 不适用于 {1}，将被舍弃。</translation>
    </message>
    <message>
        <source>{0} has no place for the PNG text entries.</source>
        <translation>{0} 无法保存 PNG 文本条目。</translation>
    </message>
    <message>
        <source>{0} has no place for the resolution (dpi).</source>
        <translation>{0} 无法保存分辨率（dpi）。</translation>
    </message>
    <message>
        <source>{0}: {1}</source>
        <translation>{0}：{1}</translation>
    </message>
    <message>
        <source>{0}</source>
        <translation>{0}</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>已中断</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>damaged or truncated: {0}</source>
        <translation>文件损坏或不完整：{0}</translation>
    </message>
    <message>
        <source>no such file</source>
        <translation>没有这个文件</translation>
    </message>
    <message>
        <source>no permission to read it</source>
        <translation>没有读取权限</translation>
    </message>
    <message>
        <source>it cannot be read</source>
        <translation>无法读取</translation>
    </message>
    <message>
        <source>unknown cause</source>
        <translation>原因不明</translation>
    </message>
    <message>
        <source>this HEIC picture is damaged, or of a kind that cannot be read</source>
        <translation>此 HEIC 图片已损坏，或属于无法读取的类型</translation>
    </message>
    <message>
        <source>HEIC pictures need the package pi-heif (pip install pi-heif), or save it as JPEG, PNG or TIFF first</source>
        <translation>HEIC 图片需要软件包 pi-heif（pip install pi-heif），或请先另存为 JPEG、PNG 或 TIFF</translation>
    </message>
    <message>
        <source>this kind of TIFF is not supported</source>
        <translation>不支持这种 TIFF</translation>
    </message>
    <message>
        <source>it has {0} bits a channel, of which only 8 can be read; save it as a 16-bit TIFF first</source>
        <translation>每通道 {0} 位，只能读取其中 8 位，请先另存为 16 位 TIFF</translation>
    </message>
    <message>
        <source>floating-point TIFF is not supported; save it with 8 or 16 bits a channel</source>
        <translation>不支持浮点 TIFF，请另存为每通道 8 位或 16 位</translation>
    </message>
    <message>
        <source>a TIFF with {0} bits a channel is not supported; save it with 8 or 16</source>
        <translation>不支持每通道 {0} 位的 TIFF，请另存为 8 位或 16 位</translation>
    </message>
    <message>
        <source>a 16-bit TIFF must be grey or RGB; save it so, or with 8 bits a channel</source>
        <translation>16 位 TIFF 必须是灰度或 RGB，请如此另存，或存为每通道 8 位</translation>
    </message>
    <message>
        <source>32-bit and floating-point pictures are not supported; save it with 8 or 16 bits</source>
        <translation>不支持 32 位和浮点图片，请另存为 8 位或 16 位</translation>
    </message>
    <message>
        <source>this 16-bit picture cannot be decoded; it may be damaged</source>
        <translation>无法解码此 16 位图片，它可能已损坏</translation>
    </message>
    <message>
        <source>a 16-bit picture with this many channels is not supported</source>
        <translation>不支持这种通道数的 16 位图片</translation>
    </message>
    <message>
        <source>&apos;{0}&apos; is not a format that can be written; use one of {1}</source>
        <translation>“{0}”不是可以写入的格式，请使用以下之一：{1}</translation>
    </message>
    <message>
        <source>{0} holds at most {1} pixels a side</source>
        <translation>{0} 每边最多 {1} 像素</translation>
    </message>
    <message>
        <source>{0} holds no palette like this one: the photo is stored in full colour.</source>
        <translation>{0} 不支持这样的调色板：照片会以全彩保存。</translation>
    </message>
    <message>
        <source>EXIF data</source>
        <translation>EXIF 数据</translation>
    </message>
    <message>
        <source>XMP data</source>
        <translation>XMP 数据</translation>
    </message>
    <message>
        <source>This method needs the models, and none were loaded.</source>
        <translation>此方法需要模型，但没有加载任何模型。</translation>
    </message>
    <message>
        <source>The mask is {0}x{1}, the photo {2}x{3}.</source>
        <translation>蒙版为 {0} × {1}，照片为 {2} × {3}。</translation>
    </message>
    <message>
        <source>The mask is empty: nothing is marked for restoring.</source>
        <translation>蒙版是空的：没有标记要修复的部分。</translation>
    </message>
    <message>
        <source>An aligned face is a square picture; this one is {0}x{1}.</source>
        <translation>已对齐的人脸应为正方形图片，而这张是 {0} × {1}。</translation>
    </message>
    <message>
        <source>there is no sampler &apos;{0}&apos;; choose from {1}</source>
        <translation>没有采样器“{0}”，请选择：{1}</translation>
    </message>
    <message>
        <source>{0} steps were asked for, but at least 1 is needed</source>
        <translation>要求的步数为 {0}，但至少需要 1 步</translation>
    </message>
    <message>
        <source>sampling cannot start at sigma {0}; it has to be above {1}</source>
        <translation>采样不能从 sigma {0} 开始，必须大于 {1}</translation>
    </message>
    <message>
        <source>The model catalog does not list {0}.</source>
        <translation>模型目录中没有 {0}。</translation>
    </message>
    <message>
        <source>{0}: holds no models; install FaceMend again.</source>
        <translation>{0}：其中没有模型，请重新安装 FaceMend。</translation>
    </message>
    <message>
        <source>{0}: the model catalog is damaged.</source>
        <translation>{0}：模型目录已损坏。</translation>
    </message>
    <message>
        <source>{0}: is not a weights file of this program</source>
        <translation>{0}：不是本程序的权重文件</translation>
    </message>
    <message>
        <source>Cannot load {0}: {1}</source>
        <translation>无法加载 {0}：{1}</translation>
    </message>
    <message>
        <source>the model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>usable</source>
        <translation>可用</translation>
    </message>
    <message>
        <source>looking for damage</source>
        <translation>正在查找损伤</translation>
    </message>
    <message>
        <source>A picture of edges is for one face, and {0} are marked: mark one alone, or frame it by hand.</source>
        <translation>一张边缘图只用于一张人脸，而标记了 {0} 张：请只标记一张，或手动画框。</translation>
    </message>
    <message>
        <source>A face looks less like itself than before: compare both, and lower the strength if need be.</source>
        <translation>有一张人脸不如之前像本人：请前后对比，必要时降低强度。</translation>
    </message>
    <message>
        <source>Its channels beyond colour and transparency cannot be read and are left out.</source>
        <translation>颜色和透明度以外的通道无法读取，将不保留。</translation>
    </message>
    <message>
        <source>the file is damaged</source>
        <translation>文件已损坏</translation>
    </message>
    <message>
        <source>The file&apos;s end is missing, but none of its pixels.</source>
        <translation>文件缺少结尾，但像素完整无缺。</translation>
    </message>
    <message>
        <source>Descriptions of a kind that is not known are left out.</source>
        <translation>未知类型的描述信息不予保留。</translation>
    </message>
    <message>
        <source>a JPEG 2000 picture with such channels is not supported; save it as a 16-bit TIFF first</source>
        <translation>不支持带有这类通道的 JPEG 2000 图片；请先另存为 16 位 TIFF</translation>
    </message>
    <message>
        <source>{0} has no place for {1}.</source>
        <translation>{0} 无法保存{1}。</translation>
    </message>
    <message>
        <source>Only one of the file&apos;s pages or frames is kept.</source>
        <translation>文件的多个页面或帧中只保留一个。</translation>
    </message>
    <message>
        <source>channels beyond colour and transparency (infrared, selections)</source>
        <translation>颜色和透明度以外的通道（红外、选区）</translation>
    </message>
    <message>
        <source>the comment</source>
        <translation>注释</translation>
    </message>
    <message>
        <source>the captions (IPTC) and Photoshop&apos;s data</source>
        <translation>图片说明（IPTC）和 Photoshop 数据</translation>
    </message>
    <message>
        <source>{0} has no place for a resolution that is not between 1 and 65535 dpi.</source>
        <translation>{0} 无法保存 1 至 65535 dpi 以外的分辨率。</translation>
    </message>
    <message>
        <source>enlarged {0} times it has {1} megapixels; {2} are the most</source>
        <translation>放大 {0} 倍后有 {1} 百万像素；最多 {2} 百万像素</translation>
    </message>
    <message>
        <source>enlarged {0} times it needs {1} MB of memory, and {2} MB are free</source>
        <translation>放大 {0} 倍需要 {1} MB 内存，而可用的只有 {2} MB</translation>
    </message>
    <message>
        <source>not enough memory to enlarge it {0} times</source>
        <translation>内存不足，无法放大 {0} 倍</translation>
    </message>
    <message>
        <source>{0}: nothing in it is over half grey; the brightest is {1} of {2}</source>
        <translation>{0}：其中没有超过半灰的部分；最亮处为 {1}（最大 {2}）</translation>
    </message>
    <message>
        <source>{0}: a mask of two values, {1} and {2}: the brighter one is restored.</source>
        <translation>{0}：蒙版只有两个值 {1} 和 {2}：修复较亮的部分。</translation>
    </message>
    <message>
        <source>In its new shape the photo loses {0}.</source>
        <translation>改变形状后，照片会失去{0}。</translation>
    </message>
    <message>
        <source>The check sums of these PNG chunks are wrong; they are kept as they read: {0}.</source>
        <translation>以下 PNG 数据块的校验和有误，已按读到的内容保留：{0}。</translation>
    </message>
    <message>
        <source>These PNG chunks are damaged and left out: {0}.</source>
        <translation>以下 PNG 数据块已损坏，未予保留：{0}。</translation>
    </message>
    <message>
        <source>These PNG chunks may be wrong once pixels change and are left out: {0}.</source>
        <translation>像素改变后以下 PNG 数据块可能不再正确，未予保留：{0}。</translation>
    </message>
    <message>
        <source>what its colour numbers mean ({0})</source>
        <translation>其颜色数值的含义（{0}）</translation>
    </message>
    <message>
        <source>these PNG chunks: {0}</source>
        <translation>以下 PNG 数据块：{0}</translation>
    </message>
    <message>
        <source>what is appended to the PNG file</source>
        <translation>附加在 PNG 文件末尾的内容</translation>
    </message>
    <message>
        <source>The photo&apos;s XMP data are damaged or full: the file does not say what was restored.</source>
        <translation>照片的 XMP 数据已损坏或已满：文件中不会注明修复内容。</translation>
    </message>
    <message>
        <source>what cameras and programs added to the JPEG file</source>
        <translation>相机和软件写入 JPEG 文件的附加信息</translation>
    </message>
    <message>
        <source>the shape of its pixels, which are not square</source>
        <translation>其像素的形状（并非正方形）</translation>
    </message>
    <message>
        <source>what is appended to the JPEG file, such as a gain map, a video or more pictures</source>
        <translation>附加在 JPEG 文件末尾的内容（如增益图、视频或其他图片）</translation>
    </message>
    <message>
        <source>The strength is {0}; it has to be from 0 to 1.</source>
        <translation>强度为 {0}；应在 0 到 1 之间。</translation>
    </message>
    <message>
        <source>the TIFF would be larger than 4 GB</source>
        <translation>TIFF 文件将超过 4 GB</translation>
    </message>
    <message>
        <source>a TIFF of numbers below 0 is not supported; save it with 8 or 16 bits a channel</source>
        <translation>不支持含负数的 TIFF；请另存为每通道 8 位或 16 位</translation>
    </message>
    <message>
        <source>a TIFF with {0} channels of this size is not supported</source>
        <translation>不支持有 {0} 个通道的这种尺寸的 TIFF</translation>
    </message>
    <message>
        <source>only a small copy of the picture could be read, as in raw files; save it as a TIFF first</source>
        <translation>只能读取图片的缩小副本（RAW 文件即如此）；请先另存为 TIFF</translation>
    </message>
    <message>
        <source>Where its colours were stronger than their transparency allows, they are cut to it.</source>
        <translation>颜色强于其透明度所允许的地方已被削减。</translation>
    </message>
    <message>
        <source>Some of the entries that describe the photo are damaged and are left out.</source>
        <translation>部分描述照片的条目已损坏，将不保留。</translation>
    </message>
    <message>
        <source>Photoshop&apos;s layers are left out: they would cover what was restored.</source>
        <translation>Photoshop 图层不予保留：它们会遮住修复的内容。</translation>
    </message>
    <message>
        <source>The file&apos;s small copies of the picture are left out.</source>
        <translation>文件中图片的缩小副本不予保留。</translation>
    </message>
    <message>
        <source>The 16 bits of the palette&apos;s colours are rounded to 8.</source>
        <translation>调色板颜色的 16 位被舍入为 8 位。</translation>
    </message>
    <message>
        <source>What is marked as blurred lies on no face, and only faces are made sharp: frame one by hand.</source>
        <translation>标为模糊之处不在任何人脸上，而只有人脸会变清晰：请手动框出人脸。</translation>
    </message>
    <message>
        <source>No face was found at the mask, so the reference was left out.</source>
        <translation>蒙版处没有找到人脸，因此未使用参考。</translation>
    </message>
    <message>
        <source>The reference was left out: what is missing is hidden in it too, or too narrow to need one.</source>
        <translation>未使用参考：缺失之处在参考中也看不到，或者太窄而不需要参考。</translation>
    </message>
    <message>
        <source>The reference was left out: nothing that is missing lies on a face.</source>
        <translation>未使用参考：缺失处都不在人脸上。</translation>
    </message>
    <message>
        <source>The edges were left out: nothing that is marked lies on a face.</source>
        <translation>未使用边缘图：标记处都不在人脸上。</translation>
    </message>
    <message>
        <source>A face that is marked as blurred is sharp already; it was changed very little.</source>
        <translation>标为模糊的一张人脸本已清晰，几乎没有改动。</translation>
    </message>
    <message>
        <source>What is blurred needs the networks; method {0} has none.</source>
        <translation>模糊之处需要网络；方法 {0} 没有网络。</translation>
    </message>
    <message>
        <source>A reference needs the networks; method {0} has none.</source>
        <translation>参考需要网络；方法 {0} 没有网络。</translation>
    </message>
    <message>
        <source>A reference photo is for one face, and {0} are marked: mark one alone, or frame it by hand.</source>
        <translation>一张参考照片只用于一张人脸，而标记了 {0} 张：请只标记其中一张，或手动框出它。</translation>
    </message>
    <message>
        <source>{0}: shows no face, so it cannot be a reference</source>
        <translation>{0}：其中没有人脸，不能用作参考</translation>
    </message>
    <message>
        <source>the photo</source>
        <translation>这张照片</translation>
    </message>
    <message>
        <source>PyTorch sees no CUDA device</source>
        <translation>PyTorch 没有找到 CUDA 设备</translation>
    </message>
    <message>
        <source>this onnxruntime was built without CUDA</source>
        <translation>此 onnxruntime 不含 CUDA 支持</translation>
    </message>
    <message>
        <source>no NVIDIA driver was found</source>
        <translation>没有找到 NVIDIA 驱动程序</translation>
    </message>
    <message>
        <source>the CUDA and cuDNN libraries are missing (pip install &apos;facemend[cuda]&apos;)</source>
        <translation>缺少 CUDA 和 cuDNN 库（pip install &apos;facemend[cuda]&apos;）</translation>
    </message>
    <message>
        <source>done by another batch at the same time</source>
        <translation>已由同时运行的另一个批处理完成</translation>
    </message>
    <message>
        <source>{0}: the folder is gone</source>
        <translation>{0}：文件夹已不存在</translation>
    </message>
    <message>
        <source>{0} of the photo was found damaged, more than {1}: left for review, not restored</source>
        <translation>照片的 {0} 被判定为损伤，超过 {1}：留待检查，未修复</translation>
    </message>
    <message>
        <source>the mask is empty: the photo was enlarged, and nothing restored</source>
        <translation>蒙版是空的：照片已放大，没有修复任何内容</translation>
    </message>
    <message>
        <source>no damage was found: the photo was enlarged, and nothing restored</source>
        <translation>未检测到损伤：照片已放大，没有修复任何内容</translation>
    </message>
    <message>
        <source>{0}: is the photo itself; a mask is a picture that is light where the photo is bad</source>
        <translation>{0}：这是照片本身；蒙版是一张在照片损坏处为亮色的图像</translation>
    </message>
    <message>
        <source>no face was found: nothing to make sharp</source>
        <translation>未找到人脸：没有可清晰化的内容</translation>
    </message>
    <message>
        <source>there is no face {0}; {1} were found</source>
        <translation>没有第 {0} 张人脸；共找到 {1} 张</translation>
    </message>
    <message>
        <source>the frame {0} lies outside the photo of {1} x {2} pixels</source>
        <translation>人脸框 {0} 位于 {1} x {2} 像素的照片之外</translation>
    </message>
    <message>
        <source>the frame {0} holds nothing that is masked: no face would be restored</source>
        <translation>人脸框 {0} 中没有蒙版区域：不会修复任何人脸</translation>
    </message>
    <message>
        <source>{0}: no permission to read it</source>
        <translation>{0}：没有读取权限</translation>
    </message>
    <message>
        <source>{0}: is not a folder</source>
        <translation>{0}：不是文件夹</translation>
    </message>
    <message>
        <source>{0}: exists already, with {1} more</source>
        <translation>{0}：已存在，另有 {1} 个也已存在</translation>
    </message>
    <message>
        <source>{0}: no mask of this name in {1}</source>
        <translation>{0}：{1} 中没有同名的蒙版</translation>
    </message>
    <message>
        <source>{0}: {1} is the name for another photo&apos;s output</source>
        <translation>{0}：{1} 已是另一张照片的输出名称</translation>
    </message>
    <message>
        <source>{0}: a cluster needs Dask: pip install &apos;facemend[dask]&apos;</source>
        <translation>{0}：集群需要 Dask：pip install &apos;facemend[dask]&apos;</translation>
    </message>
    <message>
        <source>{0}: no scheduler answers there</source>
        <translation>{0}：那里没有调度器应答</translation>
    </message>
    <message>
        <source>{0}: each worker that tried died of it</source>
        <translation>{0}：每个处理它的工作进程都意外终止了</translation>
    </message>
    <message>
        <source>{0}: the scheduler at {1} is gone</source>
        <translation>{0}：位于 {1} 的调度器已断开</translation>
    </message>
    <message>
        <source>the mask is empty: nothing to restore, nothing written</source>
        <translation>蒙版是空的：没有可修复的内容，未写入任何文件</translation>
    </message>
    <message>
        <source>no damage was found: nothing to restore, nothing written</source>
        <translation>未检测到损伤：没有可修复的内容，未写入任何文件</translation>
    </message>
    <message>
        <source>{0}: the folder {1} does not exist</source>
        <translation>{0}：文件夹 {1} 不存在</translation>
    </message>
    <message>
        <source>{0}: is a folder; name a file</source>
        <translation>{0}：这是文件夹，请指定文件</translation>
    </message>
    <message>
        <source>{0}: the folder {1} is not writable</source>
        <translation>{0}：文件夹 {1} 不可写入</translation>
    </message>
    <message>
        <source>{0}: exists already</source>
        <translation>{0}：已存在</translation>
    </message>
    <message>
        <source>{0}: holds steps of an earlier run</source>
        <translation>{0}：其中有先前运行的步骤图</translation>
    </message>
    <message>
        <source>{0}: would overwrite the original; choose another name</source>
        <translation>{0}：会覆盖原始照片，请选择其他名称</translation>
    </message>
</context>
<context>
    <name>ExportCommands</name>
    <message>
        <source>Export mask</source>
        <translation>导出蒙版</translation>
    </message>
    <message>
        <source>Export change map</source>
        <translation>导出变化图</translation>
    </message>
    <message>
        <source>Export layers</source>
        <translation>导出图层</translation>
    </message>
</context>
<context>
    <name>FaceCommands</name>
    <message>
        <source>No face was found: draw a frame around it with the face frame tool.</source>
        <translation>未找到人脸：请用人脸框工具手动框选。</translation>
    </message>
    <message>
        <source>Find faces</source>
        <translation>查找人脸</translation>
    </message>
    <message>
        <source>No face is sure here: lay the rings over the eyes and the line over the mouth by hand.</source>
        <translation>这里没有可确定的人脸：请手动把圆环放在眼睛上，把线放在嘴上。</translation>
    </message>
    <message>
        <source>Fit frame to face</source>
        <translation>使框贴合人脸</translation>
    </message>
    <message>
        <source>Fit to face</source>
        <translation>贴合人脸</translation>
    </message>
    <message>
        <source>Delete frame</source>
        <translation>删除人脸框</translation>
    </message>
    <message>
        <source>Clear drawn edges</source>
        <translation>清除绘制的边缘</translation>
    </message>
    <message>
        <source>Edges</source>
        <translation>边缘</translation>
    </message>
</context>
<context>
    <name>FacesPanel</name>
    <message>
        <source>Faces</source>
        <translation>人脸</translation>
    </message>
    <message>
        <source>Find faces</source>
        <translation>查找人脸</translation>
    </message>
    <message>
        <source>Sharpen face</source>
        <translation>清晰化人脸</translation>
    </message>
    <message>
        <source>Sharpen all faces</source>
        <translation>清晰化所有人脸</translation>
    </message>
    <message>
        <source>Reference</source>
        <translation>参考</translation>
    </message>
    <message>
        <source>the photo</source>
        <translation>这张照片</translation>
    </message>
    <message>
        <source>The face of {0} is laid under what is missing.</source>
        <translation>缺失之处垫上 {0} 中的脸。</translation>
    </message>
    <message>
        <source>The other half of the face is laid under what is missing, mirrored: for faces that look ahead.</source>
        <translation>缺失之处垫上镜像的另一半脸：适用于正对镜头的脸。</translation>
    </message>
    <message>
        <source>None: the networks draw what is missing.</source>
        <translation>无：缺失之处由网络绘制。</translation>
    </message>
    <message>
        <source>Face {0}, at full strength: {1} % of what is marked changed visibly, colours by {2} on average</source>
        <translation>人脸 {0}（全强度）：标记处有 {1} % 明显改变，颜色平均相差 {2}</translation>
    </message>
    <message>
        <source>; distance to the face before {0}</source>
        <translation>；与之前人脸的距离为 {0}</translation>
    </message>
    <message>
        <source>Frame tool: drag a frame to move it, its corners to scale it, its handle to turn it.
The rings are where the eyes belong; Fit frame to face lays them there.</source>
        <translation>人脸框工具：拖动框可移动，拖动角可缩放，拖动手柄可旋转。
圆环是眼睛应在之处；“使框贴合人脸”会把它们放好。</translation>
    </message>
    <message>
        <source>No frame: faces are found by themselves when you restore.</source>
        <translation>没有人脸框时，修复会自动查找人脸。</translation>
    </message>
    <message>
        <source>Face {0}: {1} px</source>
        <translation>人脸 {0}：{1} 像素</translation>
    </message>
    <message>
        <source>, turned {0}°</source>
        <translation>，旋转 {0}°</translation>
    </message>
</context>
<context>
    <name>FileCommands</name>
    <message>
        <source>Copy picture</source>
        <translation>复制图像</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Photos and projects ({0});;All files (*)</source>
        <translation>照片和项目 ({0});;所有文件 (*)</translation>
    </message>
    <message>
        <source>Open {0}</source>
        <translation>打开 {0}</translation>
    </message>
    <message>
        <source>The clipboard holds no picture.</source>
        <translation>剪贴板中没有图像。</translation>
    </message>
    <message>
        <source>Pasted photo</source>
        <translation>粘贴的照片</translation>
    </message>
    <message>
        <source>The picture is in the clipboard.</source>
        <translation>图像已复制到剪贴板。</translation>
    </message>
    <message>
        <source>Save as</source>
        <translation>另存为</translation>
    </message>
    <message>
        <source>{0} is the original photo. Overwrite it? It cannot be brought back.</source>
        <translation>{0} 是原始照片。要覆盖它吗？覆盖后无法恢复。</translation>
    </message>
    <message>
        <source>Overwrite the original</source>
        <translation>覆盖原始照片</translation>
    </message>
    <message>
        <source>This format cannot hold everything:</source>
        <translation>此格式无法保存全部内容：</translation>
    </message>
    <message>
        <source>Save all the same</source>
        <translation>仍然保存</translation>
    </message>
    <message>
        <source>FaceMend</source>
        <translation>FaceMend</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>修复</translation>
    </message>
    <message>
        <source>Saved {0}</source>
        <translation>已保存 {0}</translation>
    </message>
    <message>
        <source>Saved {0}. The mask is not in it: save the project to keep it.</source>
        <translation>已保存 {0}。其中不含蒙版：要保留蒙版请保存项目。</translation>
    </message>
    <message>
        <source>Save {0}</source>
        <translation>保存 {0}</translation>
    </message>
    <message>
        <source>Save project</source>
        <translation>保存项目</translation>
    </message>
    <message>
        <source>FaceMend project (*{0})</source>
        <translation>FaceMend 项目 (*{0})</translation>
    </message>
    <message>
        <source>Recovered photo</source>
        <translation>恢复的照片</translation>
    </message>
    <message>
        <source>Recover</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Save new photos to</source>
        <translation>将新照片保存到</translation>
    </message>
</context>
<context>
    <name>FilmStrip</name>
    <message>
        <source>Open photos</source>
        <translation>已打开的照片</translation>
    </message>
    <message>
        <source>Previous photo</source>
        <translation>上一张照片</translation>
    </message>
    <message>
        <source>Next photo</source>
        <translation>下一张照片</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>The variant was kept, to be painted on; Undo takes it back.</source>
        <translation>已保留该版本，以便继续涂画；撤销可收回。</translation>
    </message>
    <message>
        <source>The variant is hidden; choose it below the photo to see it again.</source>
        <translation>已隐藏该版本；在照片下方选中即可再看。</translation>
    </message>
</context>
<context>
    <name>MaskCommands</name>
    <message>
        <source>Invert mask</source>
        <translation>反选蒙版</translation>
    </message>
    <message>
        <source>Clear mask</source>
        <translation>清除蒙版</translation>
    </message>
    <message>
        <source>Grow mask</source>
        <translation>扩展蒙版</translation>
    </message>
    <message>
        <source>Shrink mask</source>
        <translation>收缩蒙版</translation>
    </message>
    <message>
        <source>Feather mask</source>
        <translation>羽化蒙版</translation>
    </message>
    <message>
        <source>Import mask</source>
        <translation>导入蒙版</translation>
    </message>
    <message>
        <source>Pictures ({0})</source>
        <translation>图像 ({0})</translation>
    </message>
    <message>
        <source>The mask changed meanwhile; nothing was done to it.</source>
        <translation>蒙版在此期间发生了变化，未作处理。</translation>
    </message>
</context>
<context>
    <name>MaskPanel</name>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source> px</source>
        <translation> 像素</translation>
    </message>
    <message>
        <source>Hardness</source>
        <translation>硬度</translation>
    </message>
    <message>
        <source>Tolerance</source>
        <translation>容差</translation>
    </message>
    <message>
        <source>How different a colour may be that the wand takes along</source>
        <translation>魔棒选取颜色时允许的差异</translation>
    </message>
    <message>
        <source>Detect damage</source>
        <translation>检测损伤</translation>
    </message>
    <message>
        <source>Amount</source>
        <translation>幅度</translation>
    </message>
    <message>
        <source>How far Grow, Shrink and Feather reach</source>
        <translation>扩展、收缩和羽化的范围</translation>
    </message>
    <message>
        <source>Overlay colour</source>
        <translation>叠加颜色</translation>
    </message>
    <message>
        <source>Overlay opacity</source>
        <translation>叠加不透明度</translation>
    </message>
    <message>
        <source>Overlay</source>
        <translation>叠加</translation>
    </message>
    <message>
        <source>Piece {0} of {1}; together {2} of the photo.</source>
        <translation>第 {0} 处，共 {1} 处；合计占照片的 {2}。</translation>
    </message>
    <message>
        <source>Every piece is decided.</source>
        <translation>所有损伤都已处理。</translation>
    </message>
    <message>
        <source>Nothing is found at this sensitivity.</source>
        <translation>在此灵敏度下未发现损伤。</translation>
    </message>
    <message>
        <source>Sensitivity</source>
        <translation>灵敏度</translation>
    </message>
    <message>
        <source>Paint</source>
        <translation>涂抹</translation>
    </message>
    <message>
        <source>Missing</source>
        <translation>缺失</translation>
    </message>
    <message>
        <source>Nothing is left: scratched, torn, painted over (red)</source>
        <translation>什么都不剩：划伤、撕裂、被覆盖（红色）</translation>
    </message>
    <message>
        <source>Blurred</source>
        <translation>模糊</translation>
    </message>
    <message>
        <source>Something is left: soft, small, noisy, compressed (blue)</source>
        <translation>尚有残留：柔焦、过小、有噪点、过度压缩（蓝色）</translation>
    </message>
    <message>
        <source>More finds fainter damage, and more that is none</source>
        <translation>数值越大，越能找到微弱的损伤，误判也越多</translation>
    </message>
</context>
<context>
    <name>Notice</name>
    <message>
        <source>OK</source>
        <translation>确定</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>关闭提示</translation>
    </message>
</context>
<context>
    <name>PathField</name>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>Choose: {0}</source>
        <translation>选择：{0}</translation>
    </message>
</context>
<context>
    <name>PhotoView</name>
    <message>
        <source>Before</source>
        <translation>修复前</translation>
    </message>
    <message>
        <source>After</source>
        <translation>修复后</translation>
    </message>
</context>
<context>
    <name>Preferences</name>
    <message>
        <source>Preferences</source>
        <translation>首选项</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>CPU</source>
        <translation>CPU</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Backend</source>
        <translation>后端</translation>
    </message>
    <message>
        <source>Undo memory</source>
        <translation>撤销内存</translation>
    </message>
    <message>
        <source> MB</source>
        <translation> MB</translation>
    </message>
    <message>
        <source>Autosave every</source>
        <translation>自动保存间隔</translation>
    </message>
    <message>
        <source> s</source>
        <translation> 秒</translation>
    </message>
    <message>
        <source>Never</source>
        <translation>从不</translation>
    </message>
    <message>
        <source>Fit to window enlarges small photos</source>
        <translation>适应窗口时放大小照片</translation>
    </message>
    <message>
        <source>Saved photos say in their data that AI restored them</source>
        <translation>在保存的照片数据中注明由 AI 修复</translation>
    </message>
    <message>
        <source>XMP&apos;s DigitalSourceType, FaceMend and its version, where networks drew a part</source>
        <translation>XMP 的 DigitalSourceType、FaceMend 及其版本（当部分画面由网络绘制时）</translation>
    </message>
    <message>
        <source>The language changes when FaceMend is started again.</source>
        <translation>语言更改将在重新启动 FaceMend 后生效。</translation>
    </message>
</context>
<context>
    <name>PresetMenu</name>
    <message>
        <source>&amp;Presets</source>
        <translation>预设(&amp;P)</translation>
    </message>
    <message>
        <source>Save settings as preset…</source>
        <translation>将设置存为预设…</translation>
    </message>
    <message>
        <source>Delete preset</source>
        <translation>删除预设</translation>
    </message>
    <message>
        <source>Settings of {0}</source>
        <translation>已采用 {0} 的设置</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Saved {0}</source>
        <translation>已保存 {0}</translation>
    </message>
</context>
<context>
    <name>QualityDialog</name>
    <message>
        <source>JPEG quality</source>
        <translation>JPEG 质量</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>质量</translation>
    </message>
    <message>
        <source>Higher keeps more of the picture and makes a larger file; 95 looks like the photo.</source>
        <translation>越高保留越多，文件也越大；95 看起来与照片一样。</translation>
    </message>
</context>
<context>
    <name>ReferenceCommands</name>
    <message>
        <source>No reference</source>
        <translation>不用参考</translation>
    </message>
    <message>
        <source>Reference</source>
        <translation>参考</translation>
    </message>
    <message>
        <source>A photo of the same person</source>
        <translation>同一个人的照片</translation>
    </message>
    <message>
        <source>Pictures ({0})</source>
        <translation>图像 ({0})</translation>
    </message>
    <message>
        <source>The face of {0} is laid under what is masked when you restore.</source>
        <translation>修复时，蒙版处将垫上 {0} 中的脸。</translation>
    </message>
</context>
<context>
    <name>RestorePanel</name>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>Diffusion (faces)</source>
        <translation>扩散模型（人脸）</translation>
    </message>
    <message>
        <source>PatchMatch (areas)</source>
        <translation>PatchMatch（大面积）</translation>
    </message>
    <message>
        <source>Telea (scratches)</source>
        <translation>Telea（划痕）</translation>
    </message>
    <message>
        <source>Navier-Stokes (scratches)</source>
        <translation>Navier-Stokes（划痕）</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>质量</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>预览</translation>
    </message>
    <message>
        <source>One step: soft, and nearest to the truth on average</source>
        <translation>一步完成：较柔和，平均而言最接近原貌</translation>
    </message>
    <message>
        <source>Standard</source>
        <translation>标准</translation>
    </message>
    <message>
        <source>The model&apos;s own number of steps: sharper</source>
        <translation>模型自带的步数：更清晰</translation>
    </message>
    <message>
        <source>As in the photo</source>
        <translation>与照片一致</translation>
    </message>
    <message>
        <source>What is restored gets the grain that the photo has, if it has any</source>
        <translation>若照片有颗粒，修复之处也带上同样的颗粒</translation>
    </message>
    <message>
        <source>Grain</source>
        <translation>颗粒</translation>
    </message>
    <message>
        <source>How far the fill fades into the photo at the mask&apos;s border; 0 cuts it off sharply.</source>
        <translation>填充在蒙版边缘向照片过渡的宽度；0 为生硬的边。</translation>
    </message>
    <message>
        <source>What computes. Automatic takes a graphics card where there is one that can.</source>
        <translation>用什么计算。自动：有可用的显卡就用显卡。</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步数</translation>
    </message>
    <message>
        <source>Sampler</source>
        <translation>采样器</translation>
    </message>
    <message>
        <source>Another seed</source>
        <translation>更换种子</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>Variants</source>
        <translation>数量</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>高级</translation>
    </message>
    <message>
        <source>How often a face is gone over. More than Standard takes add noise, and measure worse.</source>
        <translation>每张脸处理多少遍。超过“标准”会增加噪点，测得也更差。</translation>
    </message>
    <message>
        <source>The rule that leads from one step to the next; the first needs the fewest.</source>
        <translation>从一步到下一步的规则；第一种所需步数最少。</translation>
    </message>
    <message>
        <source>Seam</source>
        <translation>接缝</translation>
    </message>
    <message>
        <source> px</source>
        <translation> 像素</translation>
    </message>
    <message>
        <source>CPU</source>
        <translation>CPU</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>修复</translation>
    </message>
    <message>
        <source>Fill what is masked (Ctrl+Return)</source>
        <translation>填充蒙版区域 (Ctrl+Return)</translation>
    </message>
</context>
<context>
    <name>Restorer</name>
    <message>
        <source>Seed {0} gives the same picture as seed {1}: for variants, take more steps.</source>
        <translation>种子 {0} 与种子 {1} 的结果相同：如需多个方案，请增加步数。</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>修复</translation>
    </message>
    <message>
        <source>There are no drawn edges yet: restore once, or draw some with the edge pencil.</source>
        <translation>还没有绘制的边缘：请先修复一次，或用边缘铅笔绘制。</translation>
    </message>
    <message>
        <source>Fill from edges</source>
        <translation>按边缘填充</translation>
    </message>
    <message>
        <source>{0} {1} of {2}</source>
        <translation>{0} {1}/{2}</translation>
    </message>
    <message>
        <source>{0} is restored: the variant waits there.</source>
        <translation>{0} 已修复：结果在那里等着。</translation>
    </message>
    <message>
        <source>The photo got another shape while this variant was made; it was discarded.</source>
        <translation>生成此结果期间照片的形状改变了，结果已放弃。</translation>
    </message>
    <message>
        <source>The photo changed while this variant was made: it waits below the photo.</source>
        <translation>生成此结果期间照片发生了变化：结果在照片下方等候。</translation>
    </message>
    <message>
        <source>Find faces</source>
        <translation>查找人脸</translation>
    </message>
    <message>
        <source>Edges of the run</source>
        <translation>本次修复的边缘</translation>
    </message>
    <message>
        <source>Nothing is masked: paint over the damage first, or let it be detected.</source>
        <translation>还没有蒙版：请先涂抹损伤处，或使用自动检测。</translation>
    </message>
    <message>
        <source>Strength</source>
        <translation>强度</translation>
    </message>
</context>
<context>
    <name>ReviewCommands</name>
    <message>
        <source>Restore</source>
        <translation>修复</translation>
    </message>
    <message>
        <source>No damage was found; paint over it with the brush.</source>
        <translation>未检测到损伤；请用画笔涂抹。</translation>
    </message>
    <message>
        <source>Detect damage</source>
        <translation>检测损伤</translation>
    </message>
    <message>
        <source>Keep piece</source>
        <translation>保留此处</translation>
    </message>
    <message>
        <source>Delete piece</source>
        <translation>删除此处</translation>
    </message>
    <message>
        <source>Keep all pieces</source>
        <translation>全部保留</translation>
    </message>
    <message>
        <source>Sensitivity</source>
        <translation>灵敏度</translation>
    </message>
</context>
<context>
    <name>SaveDialog</name>
    <message>
        <source>{0} exists already. Replace it?</source>
        <translation>{0} 已存在。要替换它吗？</translation>
    </message>
    <message>
        <source>FaceMend</source>
        <translation>FaceMend</translation>
    </message>
</context>
<context>
    <name>ShapeCommands</name>
    <message>
        <source>Restore</source>
        <translation>修复</translation>
    </message>
    <message>
        <source>The photo changed meanwhile; its shape was left as it is.</source>
        <translation>照片在此期间有改动，形状保持原样。</translation>
    </message>
    <message>
        <source>Turned by {0}°: every pixel was computed anew.</source>
        <translation>已旋转 {0}°：每个像素都重新计算过。</translation>
    </message>
    <message>
        <source>Crop</source>
        <translation>裁剪</translation>
    </message>
    <message>
        <source>Straighten</source>
        <translation>拉直</translation>
    </message>
    <message>
        <source>Turn right</source>
        <translation>向右转</translation>
    </message>
    <message>
        <source>Turn left</source>
        <translation>向左转</translation>
    </message>
    <message>
        <source>Mirror</source>
        <translation>镜像</translation>
    </message>
</context>
<context>
    <name>SharpenCommands</name>
    <message>
        <source>Sharpen face</source>
        <translation>清晰化人脸</translation>
    </message>
    <message>
        <source>Sharpen all faces</source>
        <translation>清晰化所有人脸</translation>
    </message>
    <message>
        <source>No face was found: draw a frame around it with the face frame tool.</source>
        <translation>未找到人脸：请用人脸框工具手动框选。</translation>
    </message>
    <message>
        <source>Find faces</source>
        <translation>查找人脸</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>修复</translation>
    </message>
    <message>
        <source>Marked as blurred, in blue: Restore makes it sharp.</source>
        <translation>已标为模糊（蓝色）：点“修复”使其清晰。</translation>
    </message>
    <message>
        <source>Enlarge</source>
        <translation>放大</translation>
    </message>
</context>
<context>
    <name>Shortcuts</name>
    <message>
        <source>Shortcuts</source>
        <translation>快捷键</translation>
    </message>
    <message>
        <source>What</source>
        <translation>功能</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
</context>
<context>
    <name>SidePanel</name>
    <message>
        <source>Restore</source>
        <translation>修复</translation>
    </message>
    <message>
        <source>Mask</source>
        <translation>蒙版</translation>
    </message>
    <message>
        <source>Edges</source>
        <translation>边缘</translation>
    </message>
    <message>
        <source>Faces</source>
        <translation>人脸</translation>
    </message>
    <message>
        <source>Side panel</source>
        <translation>侧边面板</translation>
    </message>
</context>
<context>
    <name>Status</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Cancel (Esc)</source>
        <translation>取消 (Esc)</translation>
    </message>
    <message>
        <source>Pointer position</source>
        <translation>指针位置</translation>
    </message>
    <message>
        <source>Photo size</source>
        <translation>照片尺寸</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>缩放</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Device: automatic</source>
        <translation>设备：自动</translation>
    </message>
    <message>
        <source>{0} waiting</source>
        <translation>{0} 项等待中</translation>
    </message>
    <message>
        <source>{0}: done</source>
        <translation>{0}：完成</translation>
    </message>
    <message>
        <source>{0} s left</source>
        <translation>剩余 {0} 秒</translation>
    </message>
    <message>
        <source>{0} min left</source>
        <translation>剩余 {0} 分钟</translation>
    </message>
</context>
<context>
    <name>StepsStrip</name>
    <message>
        <source>Steps</source>
        <translation>步骤</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>步骤</translation>
    </message>
    <message>
        <source>Steps of the run</source>
        <translation>修复的步骤</translation>
    </message>
    <message>
        <source>Step {0} of {1}</source>
        <translation>第 {0} 步，共 {1} 步</translation>
    </message>
    <message>
        <source>Face {0}, </source>
        <translation>人脸 {0}，</translation>
    </message>
    <message>
        <source>{0} of {1}</source>
        <translation>{0}/{1}</translation>
    </message>
</context>
<context>
    <name>VariantsStrip</name>
    <message>
        <source>Seed {0}</source>
        <translation>种子 {0}</translation>
    </message>
    <message>
        <source>Variants</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Restored variants stand here, to be compared and kept.</source>
        <translation>修复的版本显示在这里，可比较和保留。</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>Put it into the photo</source>
        <translation>应用到照片</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>放弃</translation>
    </message>
    <message>
        <source>Throw this variant away</source>
        <translation>丢弃此结果</translation>
    </message>
    <message>
        <source>Strength</source>
        <translation>强度</translation>
    </message>
    <message>
        <source>How strongly this variant is laid over the photo; what was missing stays filled</source>
        <translation>此方案覆盖照片的强度；缺失之处始终填满</translation>
    </message>
    <message>
        <source>Seed {0}, {1} s on {2}</source>
        <translation>种子 {0}，{1} 秒，{2}</translation>
    </message>
</context>
<context>
    <name>Welcome</name>
    <message>
        <source>Mend a photo</source>
        <translation>修复照片</translation>
    </message>
    <message>
        <source>Drop photos here, or open them. Paint over the damage, then restore.
Nothing leaves this computer.</source>
        <translation>将照片拖放到此处，或打开照片。涂抹损伤处，然后修复。
所有内容都不会离开这台计算机。</translation>
    </message>
    <message>
        <source>Open photos…</source>
        <translation>打开照片…</translation>
    </message>
    <message>
        <source>Paste</source>
        <translation>粘贴</translation>
    </message>
    <message>
        <source>Try the sample</source>
        <translation>试用示例</translation>
    </message>
    <message>
        <source>Recent</source>
        <translation>最近打开</translation>
    </message>
    <message>
        <source>Open {0}</source>
        <translation>打开 {0}</translation>
    </message>
</context>
</TS>
